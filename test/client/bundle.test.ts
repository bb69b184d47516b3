import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { buildCli } from "../../shared/client/build-cli.ts";

test("fromVending is at most 2 kB, and runs where there is no Node", async () => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: 'export { fromVending } from "./index.ts"', resolveDir: resolve("shared/client/src") },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
    metafile: true,
  });
  const [bundle] = outputFiles;
  expect(brotliCompressSync(bundle?.contents ?? "").length).toBeLessThanOrEqual(2048);
  expect(bundle?.text).not.toMatch(/node:|\bprocess\b|\brequire\b|\bBuffer\b/);
  expect(Object.values(metafile.outputs).flatMap(({ imports }) => imports)).toEqual([]);
});

test("the command's first file is at most 13 kB, and loads no node:crypto: an answer from the cache waits for both", async () => {
  const folder = await mkdtemp(join(tmpdir(), "keyvend-bundle-"));
  try {
    const file = await readFile(await buildCli(folder), "utf8");
    expect(Buffer.byteLength(file)).toBeLessThanOrEqual(13_000);
    expect(file).not.toContain("crypto");
  } finally {
    await rm(folder, { recursive: true });
  }
});
