import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { grantDuration, greatestDurationSeconds } from "../../shared/core/duration.ts";

const limits = { grant: 43_200, storage: 43_200, sts: 43_200 };

describe("a request gets", () => {
  test("what it asks for where all limits allow it, and the answer names no cap", () => {
    expect(grantDuration(7_200, limits)).toEqual({ durationSeconds: 7_200 });
    expect(grantDuration(43_200, limits)).toEqual({ durationSeconds: 43_200 });
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

  test("never more than any limit, never more than it asked for, and never less than it must", () => {
    const seconds = fc.integer({ min: 1_800, max: greatestDurationSeconds });
    fc.assert(
      fc.property(
        fc.option(seconds, { nil: undefined }),
        fc.record({ grant: seconds, storage: seconds, sts: seconds }),
        (asked, caps) => {
          const { durationSeconds, cappedBy } = grantDuration(asked, caps);
          const tightest = Math.min(...Object.values(caps));
          expect(durationSeconds).toBe(Math.min(asked ?? 3_600, tightest));
          expect(cappedBy !== undefined).toBe(asked !== undefined && asked > tightest);
          if (cappedBy !== undefined) expect(caps[cappedBy]).toBe(durationSeconds);
        },
      ),
    );
  });
});
