import { expect, test } from "vitest";
import { rateLimit } from "../../../functions/server/rate-limit.ts";

function limited(perSecond: number) {
  let now = 1_000;
  const { take, charge } = rateLimit(perSecond, { now: () => now });
  const takeMany = (name: string, times: number) =>
    Array.from({ length: times }, () => take(name)).filter((seconds) => seconds === undefined).length;
  return { take, charge, takeMany, pass: (ms: number) => (now += ms) };
}

test("ten seconds' worth may be used at once, and then so many in a second", () => {
  const { take, takeMany, pass } = limited(5);
  expect(takeMany("a", 200)).toBe(50);
  expect(take("a")).toBe(1);
  pass(1_000);
  expect(takeMany("a", 200)).toBe(5);
  pass(3_600_000);
  expect(takeMany("a", 200)).toBe(50);
});

test("who has to wait for long is told so, and each name is by itself", () => {
  const { take, takeMany } = limited(0.1);
  expect(takeMany("a", 2)).toBe(1);
  expect(take("a")).toBe(10);
  expect(take("b")).toBeUndefined();
});

test("a clock that is set back takes nothing away", () => {
  const { takeMany, pass } = limited(1);
  takeMany("a", 5);
  pass(-3_600_000);
  expect(takeMany("a", 20)).toBe(5);
});

test("what is charged afterwards is owed, for a second at most", () => {
  const { take, charge, takeMany, pass } = limited(5);
  charge("a", 45);
  expect(takeMany("a", 200)).toBe(5);
  charge("a", 1_000);
  expect(take("a")).toBe(2);
  pass(1_000);
  expect(take("a")).toBe(1);
  pass(1_000);
  expect(takeMany("a", 200)).toBe(5);
});
