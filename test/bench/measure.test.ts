import { describe, expect, test } from "vitest";
import { exactly, type Measure, ratiosOf, shown, spreadOf, verdictOf } from "./measure.ts";

const measure = (change: Partial<Measure>): Measure => ({
  says: "a",
  spread: exactly(1),
  unit: "",
  ...change,
});

test("a spread has the median, whatever the order", () => {
  expect(spreadOf([5, 1, 9])).toEqual({ median: 5, least: 1, most: 9 });
  expect(spreadOf([4, 1, 9, 5])).toEqual({ median: 4, least: 1, most: 9 });
});

test("ratios are those of the same rounds", () => {
  expect(ratiosOf([1, 20, 3], [2, 40, 3])).toEqual({ median: 0.5, least: 0.5, most: 1 });
});

describe("a goal", () => {
  test.each([
    [{ atMost: 1 }, "met"],
    [{ atMost: 0.9 }, "missed"],
    [{ atLeast: 1 }, "met"],
    [{ atLeast: 1.1 }, "missed"],
  ] as const)("%j of 1 is %s", (goal, verdict) => {
    expect(verdictOf(measure({ goal }))).toBe(verdict);
  });

  test("is below the floor only if the floor itself misses it", () => {
    expect(verdictOf(measure({ goal: { atMost: 0.5 }, floor: exactly(0.6) }))).toBe("floor");
    expect(verdictOf(measure({ goal: { atMost: 0.5 }, floor: exactly(0.4) }))).toBe("missed");
    expect(verdictOf(measure({ goal: { atMost: 2 }, floor: exactly(3) }))).toBe("met");
  });

  test("is missed by what could not be measured", () => {
    expect(verdictOf(measure({ spread: spreadOf([]), goal: { atMost: 1 } }))).toBe("missed");
  });

  test("need not be set", () => {
    expect(verdictOf(measure({}))).toBe("told");
  });
});

test.each([
  [0.04712, "0.0471"],
  [1_234_567, "1,234,567"],
  [12.345, "12.3"],
  [123.45, "123"],
  [0, "0"],
  [Number.NaN, "–"],
])("%d is shown as %s", (value, text) => {
  expect(shown(value)).toBe(text);
});
