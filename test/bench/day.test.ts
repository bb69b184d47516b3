import { expect, test } from "vitest";
import { simulateDay, taskDay } from "./day.ts";

test("a day of 200 scopes needs a hundredth of the calls to STS that its requests would make, at most", () => {
  const { vends, stsCalls, misses } = simulateDay({ ...taskDay, scopes: 200, skew: 0 });
  expect(vends).toBeGreaterThan(2_300_000);
  expect(stsCalls / vends).toBeLessThanOrEqual(0.01);
  // Each scope's first caller waits for STS, and no other.
  expect(misses).toBe(200);
});

test("a day of 10,000 scopes, most of which are seldom used, needs a fifth at most", () => {
  const { vends, stsCalls } = simulateDay({ ...taskDay, scopes: 10_000, skew: 1 });
  expect(stsCalls / vends).toBeLessThanOrEqual(0.2);
});

test("what is not used is not issued again", () => {
  const { stsCalls } = simulateDay({ scopes: 1, skew: 0, vends: 1, lastsMs: taskDay.lastsMs });
  expect(stsCalls).toBeLessThanOrEqual(2);
});
