import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { grantDuration, greatestDurationSeconds } from "../../shared/core/duration.ts";

const limits = { grant: 43_200, storage: 43_200, sts: 43_200 };

describe("a request gets", () => {
  test("what it asks for where all limits allow it, and the answer names no cap", () => {
    expect(grantDuration(7_200, limits)).toEqual({ durationSeconds: 7_200 });
    expect(grantDuration(43_200, limits)).toEqual({ durationSeconds: 43_200 });
  });

  test.each([
    [1_800, 1_800],
    [1_801, 3_600],
    [3_601, 7_200],
    [7_201, 14_400],
    [14_401, 43_200],
    [43_199, 43_200],
  ])("the next step above %i s, which is %i s", (asked, durationSeconds) => {
    expect(grantDuration(asked, limits)).toEqual({ durationSeconds });
  });

  test("above the last step all that is allowed", () => {
    const wide = { grant: 129_600, storage: 100_000, sts: 129_600 };
    expect(grantDuration(43_201, wide)).toEqual({ durationSeconds: 100_000 });
    expect(grantDuration(100_000, wide)).toEqual({ durationSeconds: 100_000 });
    expect(grantDuration(100_001, wide)).toEqual({ durationSeconds: 100_000, cappedBy: "storage" });
  });

  test("a limit between two steps, and no cap is named where that is no less than it asked for", () => {
    expect(grantDuration(5_000, { ...limits, grant: 6_000 })).toEqual({ durationSeconds: 6_000 });
    expect(grantDuration(6_001, { ...limits, grant: 6_000 })).toEqual({
      durationSeconds: 6_000,
      cappedBy: "grant",
    });
  });

  test.each(["grant", "storage", "sts"] as const)(
    "what its %s allows, and the answer names that as the cap",
    (cap) => {
      expect(grantDuration(7_200, { ...limits, [cap]: 3_600 })).toEqual({
        durationSeconds: 3_600,
        cappedBy: cap,
      });
    },
  );

  test("of several equal caps the one that is hardest to move", () => {
    expect(grantDuration(7_200, { grant: 3_600, storage: 3_600, sts: 43_200 }).cappedBy).toBe("storage");
    expect(grantDuration(7_200, { grant: 3_600, storage: 3_600, sts: 3_600 }).cappedBy).toBe("sts");
  });

  test("an hour when it names none, or what is allowed if that is less: then nothing was taken away", () => {
    expect(grantDuration(undefined, limits)).toEqual({ durationSeconds: 3_600 });
    expect(grantDuration(undefined, { ...limits, grant: 1_800 })).toEqual({ durationSeconds: 1_800 });
  });

  const seconds = fc.integer({ min: 1_800, max: greatestDurationSeconds });
  const anyLimits = fc.record({ grant: seconds, storage: seconds, sts: seconds });

  test("never more than any limit, and less than it asked for only where a limit demands it", () => {
    fc.assert(
      fc.property(fc.option(seconds, { nil: undefined }), anyLimits, (asked, caps) => {
        const { durationSeconds, cappedBy } = grantDuration(asked, caps);
        const tightest = Math.min(...Object.values(caps));
        expect(durationSeconds).toBeLessThanOrEqual(tightest);
        expect(durationSeconds).toBeGreaterThanOrEqual(Math.min(asked ?? 3_600, tightest));
        expect(cappedBy !== undefined).toBe(asked !== undefined && asked > tightest);
        if (cappedBy !== undefined) expect(caps[cappedBy]).toBe(durationSeconds);
      }),
    );
  });

  test("one of six durations at most, whatever it asks for under the same limits", () => {
    fc.assert(
      fc.property(fc.array(seconds, { minLength: 50 }), anyLimits, (all, caps) => {
        const granted = all.map((asked) => grantDuration(asked, caps).durationSeconds);
        expect(new Set(granted).size).toBeLessThanOrEqual(6);
      }),
    );
  });
});
