import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { taskDay } from "../day.ts";
import type { Results } from "../report.ts";
import { dayOf } from "./peers.ts";

const figure = (row: Results["rows"][number] | undefined, says: string) =>
  row?.measures.find((measure) => measure.says === says)?.spread.median;

test("Vault's day follows from the calls that one request makes", () => {
  const row = dayOf(2);
  expect(figure(row, "Vault, any number of scopes")).toBe(2 * taskDay.vends);
  expect(figure(row, "Vault, in a second")).toBeCloseTo((2 * 100_000) / 3_600);
  expect(figure(row, "keyvend, 200 scopes")).toBeLessThanOrEqual(taskDay.vends / 100);
  expect(figure(row, "keyvend against Vault, 200 scopes")).toBeLessThanOrEqual(0.01 / 2);
});

test("the published figures are whole: every caller had an answer, and keyvend asked STS once", async () => {
  const { rows }: Results = JSON.parse(await readFile(join(import.meta.dirname, "../peers.json"), "utf8"));
  expect(rows.map(({ id }) => id)).toEqual(["P1", "P2", "P3", "P4", "P5"]);
  for (const row of rows.slice(0, 3)) expect(figure(row, "keyvend: calls to STS")).toBe(1);
  for (const { measures } of rows)
    for (const { says, spread } of measures) if (says.endsWith(": failures")) expect(spread.median).toBe(0);
});
