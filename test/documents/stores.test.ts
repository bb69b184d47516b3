/** Holds the documents to what `npm run conformance` installs and finds. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { checkDocument } from "../../infra/config/vending-yaml.ts";
import { warningsOf } from "../../infra/config/warnings.ts";
import { ways } from "../../shared/core/ways.ts";
import { differs } from "../conformance/accepted-differences.ts";
import { testedStores } from "../conformance/tested-stores.ts";
import { selfSigned } from "../net/self-signed.ts";
import { blocksOf } from "./markdown.ts";

const readme = readFileSync("README.md", "utf8");

/** The stores that the README's row of a way names, in its third column, without links. */
function storesOf(way: keyof typeof ways): string {
  const [, cell = ""] = new RegExp(`^\\| \`${way}\` \\| [^|]+ \\| ([^|]+) \\|`, "m").exec(readme) ?? [];
  return cell.replaceAll(/\[(\w+)\]\([^)]+\)/g, "$1");
}

test("the README names each store in the version that was run", () => {
  const named = Object.values(testedStores).map(({ title, version }) => `${title} ${version}`);
  expect(storesOf("assume-role")).toBe(named.join(", "));
});

test.each(["session-token", "federation-token"] as const)(
  "the README names for %s the stores that have its call of STS",
  (way) => {
    const all = ["ceph", "minio", "seaweedfs"] as const;
    const having = all.filter((name) => !differs(name, `no ${ways[way].stsCall}`));
    expect(storesOf(way)).toBe(having.map((name) => testedStores[name].title).join(", "));
  },
);

test("the version of MinIO is the one that its module pins", () => {
  const [, date] =
    /^\tgithub\.com\/minio\/minio v0\.0\.0-(\d{8})/m.exec(
      readFileSync("test/conformance/minio/go.mod", "utf8"),
    ) ?? [];
  expect(date).toBe(testedStores.minio.version.replaceAll("-", ""));
});

test.each(["minio", "seaweedfs"])("the configuration of the recipe for %s passes the check", (name) => {
  const [configuration = ""] = blocksOf(readFileSync(`infra/recipes/${name}.md`, "utf8"), "yaml");
  const { issuers } = parse(blocksOf(readme, "yaml")[0] ?? "");
  const { config } = checkDocument({ issuers, ...parse(configuration), caBundle: selfSigned().cert });
  expect(warningsOf(config, Date.now())).toEqual([]);
  expect(config.grants.all).toHaveLength(1);
});
