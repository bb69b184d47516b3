import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dueAt, isServable, isUsable, leastDurationSeconds } from "../../shared/core/expiry.ts";

const seconds = (life: number) => ({ issuedAt: 0, expiration: life * 1_000 });
const hour = seconds(3_600);

describe("a session is handed out", () => {
  test("while at least half of its life is left", () => {
    expect(isServable(hour, 1_800_000)).toBe(true);
    expect(isServable(hour, 1_800_001)).toBe(false);
  });

  test("while more than 15 minutes are left, where that is more than half", () => {
    const brief = seconds(1_500);
    expect(isServable(brief, 599_999)).toBe(true);
    expect(isServable(brief, 600_000)).toBe(false);
  });

  test("for half of its life even if it is the shortest that is vended: both rules meet there", () => {
    const shortest = seconds(leastDurationSeconds);
    expect(isServable(shortest, 899_999)).toBe(true);
    expect(isServable(shortest, 900_000)).toBe(false);
  });

  test("never if STS gave only 15 minutes, and never once it has expired", () => {
    expect(isServable(seconds(900), 0)).toBe(false);
    expect(isServable(hour, 3_600_000)).toBe(false);
    expect(isServable(hour, 9_999_999)).toBe(false);
  });

  test("by the life that STS gave: it began when the session was issued", () => {
    expect(isServable({ issuedAt: 3_600_000, expiration: 7_200_000 }, 5_400_000)).toBe(true);
    expect(isServable({ issuedAt: 3_600_000, expiration: 7_200_000 }, 5_400_001)).toBe(false);
  });
});

test("while STS is away, a session is handed out until its last minute", () => {
  expect(isUsable(hour, 3_540_000)).toBe(true);
  expect(isUsable(hour, 3_540_001)).toBe(false);
});

describe("a session is due", () => {
  const [first, middle, last] = ["0000", "8000", "ffff"].map((end) => end.padStart(64, "0")) as [
    string,
    string,
    string,
  ];

  test("from half to four fifths through the time in which it is handed out", () => {
    expect(dueAt(hour, first)).toBe(900_000);
    expect(dueAt(hour, middle)).toBe(1_170_000);
    expect(dueAt(hour, last)).toBeCloseTo(1_440_000, -2);
    expect(dueAt(seconds(1_500), first)).toBe(300_000);
  });

  test("at once if it can never be handed out", () => {
    expect(dueAt({ issuedAt: 5_000, expiration: 605_000 }, middle)).toBe(5_000);
  });

  test("at another time than sessions that were issued with it", () => {
    const due = Array.from({ length: 10_000 }, (_, n) =>
      dueAt(hour, createHash("sha256").update(`entry ${n}`).digest("hex")),
    );
    // 10,000 in nine minutes: 185 in ten seconds, if they are spread evenly.
    const inTenSeconds = Map.groupBy(due, (at) => Math.floor(at / 10_000));
    const mostInTenSeconds = Math.max(...Array.from(inTenSeconds.values(), ({ length }) => length));
    expect(mostInTenSeconds).toBeLessThan(250);
  });

  test("while it is still handed out, so that no caller has to wait for the next", () => {
    const issuedAt = fc.integer({ min: 0, max: 2 ** 42 });
    const life = fc.integer({ min: 901, max: 129_600 });
    const key = fc.stringMatching(/^[0-9a-f]{64}$/);
    fc.assert(
      fc.property(issuedAt, life, key, (issued, lifeSeconds, key) => {
        const session = { issuedAt: issued, expiration: issued + lifeSeconds * 1_000 };
        const due = dueAt(session, key);
        expect(due).toBeGreaterThanOrEqual(issued);
        expect(isServable(session, due)).toBe(true);
        expect(isUsable(session, due)).toBe(true);
      }),
    );
  });
});
