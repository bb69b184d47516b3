import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

function bench(...words: string[]) {
  const run = join(import.meta.dirname, "run.ts");
  return spawnSync(process.execPath, [run, ...words], { encoding: "utf8" });
}

test("--help says what the command takes, and measures nothing", () => {
  const { status, stdout } = bench("--help");
  expect(status).toBe(0);
  for (const word of ["--rounds N", "--publish", "B1 ", "B17", "peers"]) expect(stdout).toContain(word);
});

test.each([
  { words: ["B99"], says: "No row is named B99." },
  { words: ["b1", "B6"], says: "No row is named b1." },
  { words: ["peers", "B6"], says: "peers is measured alone" },
  { words: ["--publish", "B6"], says: "--publish takes all rows, or peers." },
  { words: ["--rounds", "0"], says: "--rounds must be a whole number above 0." },
  { words: ["--round", "5"], says: "--round" },
])("$words is refused before anything is built", ({ words, says }) => {
  const { status, stdout, stderr } = bench(...words);
  expect(status).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toContain(says);
  expect(stderr).toContain("--help");
});
