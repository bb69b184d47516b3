import { mkdir, readdir, stat } from "node:fs/promises";
import { expect, test } from "vitest";
import { answerFromCache } from "../../../shared/client/src/cli/cache-hit.ts";
import { keyvend, record } from "./keyvend.ts";
import { useSurroundings } from "./surroundings.ts";

const here = useSurroundings();

/** What the command's first file writes; undefined where it leaves the question to the rest. */
function firstFile(words: string[], options?: { isTerminal: boolean }): string | undefined {
  const { io, text } = record(here.env, options);
  const isAnswered = answerFromCache(words, io);
  expect(text.err).toBe("");
  expect(isAnswered).toBe(text.out !== "");
  return isAnswered ? text.out : undefined;
}

test("an answer in the cache is written as the whole command writes it", async () => {
  const { out } = await keyvend(["credential-process"], here.env);
  expect(firstFile(["credential-process"])).toBe(out);
  expect(here.service.requests).toHaveLength(1);
});

test.each<[string, string[]]>([
  ["another command", ["env"]],
  ["no command", []],
  ["another question", ["credential-process", "--permission", "READ"]],
  ["a question that must not be answered from the cache", ["credential-process", "--no-cache"]],
  ["a request for help", ["credential-process", "--help"]],
  ["an unknown flag", ["credential-process", "--bogus"]],
  ["a word too many", ["credential-process", "lake"]],
  ["a value that a flag cannot have", ["credential-process", "--permission", "DELETE"]],
])("%s is left to the rest of the command", async (_, words) => {
  await keyvend(["credential-process"], here.env);
  expect(firstFile(words)).toBeUndefined();
});

test("a terminal is left to the rest, which refuses it", async () => {
  await keyvend(["credential-process"], here.env);
  expect(firstFile(["credential-process"], { isTerminal: true })).toBeUndefined();
});

test("a look makes nothing", async () => {
  expect(firstFile(["credential-process"])).toBeUndefined();
  await expect(stat(here.cache)).rejects.toThrow("ENOENT");
  await mkdir(here.cache, { mode: 0o700 });
  expect(firstFile(["credential-process"])).toBeUndefined();
  expect(await readdir(here.cache)).toEqual([]);
});
