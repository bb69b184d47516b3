/** The recipes for clients of STS. `npm run conformance -- platforms` runs their settings. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { checkDocument } from "../../infra/config/vending-yaml.ts";
import { warningsOf } from "../../infra/config/warnings.ts";
import { blocksOf } from "./markdown.ts";

const firstBlock = (file: string) => parse(blocksOf(readFileSync(file, "utf8"), "yaml")[0] ?? "");

test.each(["fluss", "hadoop"])(
  "the configuration of the recipe for %s passes the check, without warnings",
  (name) => {
    const now = Date.parse("2026-12-01T00:00:00Z");
    const { issuers, storages } = firstBlock("README.md");
    const lake = { ...storages.lake, maxDurationSeconds: 7200 };
    const { config } = checkDocument(
      { issuers, storages: { lake }, ...firstBlock(`infra/recipes/${name}.md`) },
      now,
    );
    expect(warningsOf(config, now)).toEqual([]);
    expect(config.grants.all).toHaveLength(1);
  },
);

test("Fluss's server.yaml has the eight lines, and two of them are for the server itself", () => {
  const [, server = ""] = blocksOf(readFileSync("infra/recipes/fluss.md", "utf8"), "yaml");
  expect(Object.keys(parse(server))).toHaveLength(8);
  const [, own = ""] = server.split(/^#.*$/m);
  expect(Object.keys(parse(own))).toEqual([
    "s3.assumed.role.sts.endpoint.region",
    "s3.aws.credentials.provider",
  ]);
});
