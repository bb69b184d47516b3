import { expect, test } from "vitest";
import { arrive } from "./callers.ts";

test("callers are counted from their planned arrivals, those that fail too", async () => {
  const asked: number[] = [];
  const { times, failures, reason } = await arrive(5, 1, async (caller) => {
    asked.push(caller);
    if (caller % 2 === 1) throw new Error(`no answer for ${caller}`);
  });
  expect(asked.sort()).toEqual([0, 1, 2, 3, 4]);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(times).toHaveLength(5);
  expect(failures).toBe(2);
  expect(reason).toMatch(/^no answer for [13]$/);
});

test("no reason is given where no caller fails", async () => {
  expect(await arrive(3, 0, async () => {})).not.toHaveProperty("reason");
});
