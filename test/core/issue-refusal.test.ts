import { expect, test } from "vitest";
import type { ErrorCode } from "../../shared/contract.ts";
import { issueRefusal, issueRefusalCodes, mostRetryAfterSeconds } from "../../shared/core/issue-refusal.ts";

test.each<[ErrorCode, string]>([
  ["throttled", "Storage lake cannot issue credentials right now."],
  ["unavailable", "Storage lake cannot issue credentials right now."],
  ["storage_misconfigured", "Storage lake cannot issue credentials."],
  ["identity_not_accepted", "Storage lake does not accept this identity."],
  ["policy_too_large", "The session policy is too large: ask for fewer or shorter prefixes."],
  ["internal", "Storage lake cannot issue credentials."],
])("the caller learns %s, and only the operator learns its cause", (code, message) => {
  expect(issueRefusal(code, "lake", { cause: "why" })).toMatchObject({
    name: "VendError",
    code,
    message,
    cause: "why",
  });
  expect(issueRefusalCodes).toContain(code);
});

test("to the caller, a code that is no answer of STS's is a storage that cannot issue", () => {
  expect(issueRefusalCodes).not.toContain("no_grant");
  expect(issueRefusal("no_grant", "lake").message).toBe("Storage lake cannot issue credentials.");
});

test.each([
  [undefined, 2],
  [Number.NaN, 2],
  [-5, 1],
  [0, 1],
  [3, 3],
  [3.2, 4],
  [10, 10],
  [11, mostRetryAfterSeconds],
  [Number.POSITIVE_INFINITY, mostRetryAfterSeconds],
])("after advice of %s, a caller is to come back after %i whole seconds", (retryAfterSeconds, seconds) => {
  for (const code of ["throttled", "unavailable"] as const)
    expect(issueRefusal(code, "lake", { retryAfterSeconds }).retryAfterSeconds).toBe(seconds);
});

test("a caller that waiting cannot help is not told to wait", () => {
  for (const code of issueRefusalCodes.filter((code) => code !== "throttled" && code !== "unavailable"))
    expect(issueRefusal(code, "lake", { retryAfterSeconds: 3 }).retryAfterSeconds).toBeUndefined();
});
