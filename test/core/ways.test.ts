import { expect, test } from "vitest";
import type { Way } from "../../shared/core/storage.ts";
import { wayOf } from "../../shared/core/ways.ts";

test.each([
  ["session-token", { issue: "session-token", secret: "s" }, 129_600],
  ["federation-token", { issue: "federation-token", secret: "s" }, 129_600],
  ["a role, from a user's key", { issue: "assume-role", secret: "s" }, 43_200],
  ["a role, chained from the function's own", { issue: "assume-role" }, 3_600],
  ["web-identity", { issue: "web-identity" }, 43_200],
  ["static", { issue: "static", secret: "s" }, 43_200],
] as const)("the longest duration of %s", (_, storage, seconds) => {
  const { longestSeconds } = wayOf<Way>(storage);
  expect(longestSeconds(storage as { secret?: string })).toBe(seconds);
});
