import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { compileConfig, readConfig } from "../../functions/config.ts";
import { parseConfig } from "../../infra/config/parse-config.ts";
import { changed } from "../infra/config/document.ts";

function fileOf(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "keyvend-config-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "vending.json");
  writeFileSync(path, text);
  return path;
}

test("a cold start reads the build's whole configuration, with its defaults and its order", () => {
  const config = parseConfig(
    changed({
      grants: [
        {
          name: "b",
          issuer: "company",
          claims: { team: ["x", "y*"], ü: "*" },
          storage: "lake",
          permission: "READ",
        },
        { name: "a", issuer: "company", subject: "*", storage: "lake", permission: "WRITE", mode: "audit" },
        {
          name: "c",
          issuer: "company",
          subject: "*",
          storage: "lake",
          permission: "READ",
          prefix: "t/${claims.tenant}",
        },
      ],
    }),
  );
  const read = readConfig(fileOf(compileConfig(config)));
  expect({ ...read, grants: read.grants.all }).toEqual({ ...config, grants: config.grants.all });
  expect([...read.storages.keys()]).toEqual([...config.storages.keys()]);
  expect(read.grants.all.map(({ name }) => name)).toEqual(["b", "a", "c"]);
});

test.each([
  ["no JSON", "storages:"],
  ["half of it", '{"issuers":[],"storages":['],
  ["nothing", ""],
  ["an empty object", "{}"],
  ["null", "null"],
])("there is no cold start on %s", (_, text) => {
  expect(() => readConfig(fileOf(text))).toThrow();
});

test("there is no cold start without the file", () => {
  expect(() => readConfig(join(fileOf(""), "..", "none.json"))).toThrow(/ENOENT/);
});
