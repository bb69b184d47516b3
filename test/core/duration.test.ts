import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { grantDuration, greatestDurationSeconds, issuerLimitSeconds } from "../../shared/core/duration.ts";

const limits = { grant: 43_200, storage: 43_200, issuer: 43_200 };

describe("a request gets", () => {
  test("what it asks for, where all allow it, and no cap is told", () => {
    expect(grantDuration(7_200, limits)).toEqual({ durationSeconds: 7_200 });
    expect(grantDuration(43_200, limits)).toEqual({ durationSeconds: 43_200 });
  });

  test.each(["grant", "storage", "issuer"] as const)(
    "what its %s allows, which is named as the cap",
    (cap) => {
      expect(grantDuration(7_200, { ...limits, [cap]: 3_600 })).toEqual({
        durationSeconds: 3_600,
        cappedBy: cap,
      });
    },
  );

  test("of several equal caps the one that is hardest to move", () => {
    expect(grantDuration(7_200, { grant: 3_600, storage: 3_600, issuer: 43_200 }).cappedBy).toBe("storage");
    expect(grantDuration(7_200, { grant: 3_600, storage: 3_600, issuer: 3_600 }).cappedBy).toBe("issuer");
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
        fc.record({ grant: seconds, storage: seconds, issuer: seconds }),
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

test.each([
  ["session-token", { issue: "session-token", secret: "s" }, 129_600],
  ["federation-token", { issue: "federation-token", secret: "s" }, 129_600],
  ["a role, from a user's key", { issue: "assume-role", secret: "s" }, 43_200],
  ["a role, chained from the function's own", { issue: "assume-role" }, 3_600],
  ["web-identity", { issue: "web-identity" }, 43_200],
  ["static", { issue: "static", secret: "s" }, 43_200],
] as const)("STS's own limit of %s", (_, storage, limit) => {
  expect(issuerLimitSeconds(storage)).toBe(limit);
});
