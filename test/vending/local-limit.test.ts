import { expect, test } from "vitest";
import { createLocalLimit } from "../../shared/vending/local-limit.ts";

/** A limit of two calls a second and three at once, and a count of the calls that it allows of so many in a row. */
function createLimit() {
  const clock = { time: 1_000_000, now: () => clock.time };
  const mayCall = createLocalLimit({ perSecond: 2, atOnce: 3, clock });
  return { clock, allowed: (tries: number) => Array.from({ length: tries }, mayCall).filter(Boolean).length };
}

test("after a rest the limit allows as many calls at once as it says, however long the rest was", () => {
  const { clock, allowed } = createLimit();
  expect(allowed(5)).toBe(3);
  clock.time += 3_600_000;
  expect(allowed(5)).toBe(3);
});

test("then it allows one more call each half second, and none a millisecond earlier", () => {
  const { clock, allowed } = createLimit();
  allowed(5);
  for (const _ of [1, 2, 3]) {
    clock.time += 499;
    expect(allowed(2)).toBe(0);
    clock.time += 1;
    expect(allowed(2)).toBe(1);
  }
});

test("a clock that is set back costs no call, and allows none twice", () => {
  const { clock, allowed } = createLimit();
  clock.time -= 60_000;
  expect(allowed(5)).toBe(3);
  clock.time += 500;
  expect(allowed(5)).toBe(1);
});
