import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { buildDigest, checkPackage } from "../../../infra/deploy/build-digest.ts";
import { temporaryDirectory } from "../config/files.ts";

function buildOf(files: Record<string, string>): string {
  const folder = temporaryDirectory();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const files = { "vend/vend.mjs": "code", "vend/vending.json": "{}", "warm/warm.mjs": "code" };
const digest = () => buildDigest(buildOf(files), { cors: false });

test("a build that is made again has the same digest, also beside its own description", () => {
  expect(buildDigest(buildOf({ ...files, "deployment.json": "{}" }), { cors: false })).toBe(digest());
});

test.each([
  ["other code", { ...files, "warm/chunk-1.mjs": "more" }, {}],
  ["another configuration", { ...files, "vend/vending.json": "[]" }, {}],
  ["code that moved to another function", { ...files, "warm/warm.mjs": "", "warm/vend.mjs": "code" }, {}],
  ["another template", files, { cors: true }],
])("%s has another digest", (_what, changed, deployment) => {
  expect(buildDigest(buildOf(changed), { cors: false, ...deployment })).not.toBe(digest());
});

test("a package is of the build, and for the region, or it is refused", () => {
  const build = buildOf({ "deployment.json": '{"digest":"d"}' });
  const packaged = (build: string) =>
    buildOf({
      "serverless-state.json": JSON.stringify({
        service: { custom: { build }, provider: { region: "eu-west-1" } },
      }),
    });
  expect(() => checkPackage(packaged("d"), build, "eu-west-1")).not.toThrow();
  expect(() => checkPackage(packaged("e"), build, "eu-west-1")).toThrow(/was made of other code/);
  expect(() => checkPackage(packaged("d"), build, "eu-central-1")).toThrow(/was made of other code/);
  expect(() => checkPackage(buildOf({ "serverless-state.json": "{}" }), build, "eu-west-1")).toThrow(
    /was made of other code/,
  );
  expect(() => checkPackage(buildOf({}), build, "eu-west-1")).toThrow(
    /serverless-state\.json cannot be read: ENOENT/,
  );
});
