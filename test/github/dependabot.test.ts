import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";

interface Update {
  "package-ecosystem": string;
  directory?: string;
  directories?: string[];
}

/** Which of Dependabot's ecosystems reads a manifest. */
const ecosystems: Record<string, string> = {
  "package.json": "npm",
  "requirements.txt": "pip",
  "constraints.txt": "pip",
  "go.mod": "gomod",
  "Cargo.toml": "cargo",
  "pom.xml": "maven",
};

test("every manifest of the project gets updates, and nothing else does", () => {
  const { updates }: { updates: Update[] } = parse(readFileSync(".github/dependabot.yml", "utf8"));
  const updated = updates.flatMap(({ "package-ecosystem": ecosystem, directory = "", directories }) =>
    (directories ?? [directory]).map((folder) => `${ecosystem} ${folder}`),
  );
  // The root's update takes the workspaces along.
  const manifests = ["package.json", ...globSync(`test/**/{${Object.keys(ecosystems).join()}}`)];
  const there = manifests.map((file) => `${ecosystems[basename(file)]} ${join("/", dirname(file))}`);
  expect(updated.sort()).toEqual([...there, "github-actions /"].sort());
});
