import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { writeCharts } from "./charts.ts";

const folder = join(import.meta.dirname, "charts");

test("the charts show the published results, and name the command that makes them", async () => {
  const drawn = await mkdtemp(join(tmpdir(), "keyvend-charts-"));
  onTestFinished(() => rm(drawn, { recursive: true }));
  await writeCharts(JSON.parse(await readFile(join(import.meta.dirname, "results.json"), "utf8")), drawn);
  const files = await readdir(folder);
  expect(files.sort()).toEqual((await readdir(drawn)).sort());
  for (const file of files) {
    const text = await readFile(join(folder, file), "utf8");
    expect(text).toBe(await readFile(join(drawn, file), "utf8"));
    expect(text).toContain("npm run bench -- --publish");
    // In a comment, the command's dashes would end the picture.
    expect(text).not.toContain("<!--");
  }
});
