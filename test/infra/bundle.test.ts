import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bundle } from "../../infra/bundle.ts";

let outDir: string;

beforeEach(async () => {
  outDir = await mkdtemp(join(tmpdir(), "keyvend-bundle-"));
});

afterEach(() => rm(outDir, { recursive: true, force: true }));

test("the modules of an earlier build are gone, and nothing else is", async () => {
  await writeFile(join(outDir, "chunk-STALE.mjs"), "");
  await writeFile(join(outDir, "vending.json"), "{}");
  await bundle("shared/core/errors.ts", outDir);
  expect((await readdir(outDir)).sort()).toEqual(["errors.mjs", "vending.json"]);
});
