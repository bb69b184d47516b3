import { build } from "esbuild";
import { expect, it } from "vitest";

it("is light enough for a cold start, zod included", async () => {
  const { outputFiles } = await build({
    entryPoints: ["functions/config.ts"],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    write: false,
  });
  expect(outputFiles[0]?.contents.byteLength).toBeLessThan(33_000);
});
