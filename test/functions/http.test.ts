import { describe, expect, test } from "vitest";
import { answer, problem } from "../../functions/http.ts";
import type { ErrorCode } from "../../shared/contract.ts";
import { VendError } from "../../shared/core/errors.ts";

const bodyOf = (error: unknown) => JSON.parse(problem(error, "request-1").body);

test("no answer may be stored by a cache on its way", () => {
  const headers = { "Content-Type": "application/json", "Cache-Control": "no-store" };
  expect(problem(new VendError("no_grant", "No."), "request-1").headers).toEqual(headers);
});

test("an answer in JSON shows its whole content, on a terminal too", () => {
  const { body } = answer(200, { Storage: "a\u202eb\u009b31m\u2028" });
  expect(body).toBe('{"Storage":"a\\u202eb\\u009b31m\\u2028"}');
  expect(JSON.parse(body)).toEqual({ Storage: "a\u202eb\u009b31m\u2028" });
});

test.each<[ErrorCode, number]>([
  ["invalid_request", 400],
  ["choose_target", 400],
  ["not_scopable", 400],
  ["policy_too_large", 400],
  ["unauthenticated", 401],
  ["no_grant", 403],
  ["identity_not_accepted", 403],
  ["not_found", 404],
  ["delegation_off", 409],
  ["internal", 500],
  ["storage_misconfigured", 502],
  ["throttled", 503],
  ["unavailable", 503],
])("%s is a %i, with members in the casing of every SDK", (code, status) => {
  const error = new VendError(code, "What went wrong.");
  expect(problem(error, "request-1").status).toBe(status);
  expect(bodyOf(error)).toEqual({
    code,
    message: "What went wrong.",
    Code: code,
    Message: "What went wrong.",
    requestId: "request-1",
  });
});

describe("a problem shows", () => {
  test("how to authenticate, and only then", () => {
    const challenge = (code: ErrorCode) => problem(new VendError(code, ""), "").headers["WWW-Authenticate"];
    expect(challenge("unauthenticated")).toBe('Bearer realm="keyvend"');
    expect(challenge("no_grant")).toBeUndefined();
  });

  test("when to come back", () => {
    const error = new VendError("throttled", "", { retryAfterSeconds: 2 });
    expect(problem(error, "").headers).toMatchObject({ "Retry-After": "2" });
  });

  test("the fields that are wrong", () => {
    const fields = [{ field: "permission", message: "must be READ" }];
    expect(bodyOf(new VendError("invalid_request", "", { fields }))).toMatchObject({ fields });
  });

  test("nothing of its cause", () => {
    const cause = new Error("arn:aws:iam::123456789012:role/lake said AKIAEXAMPLE");
    expect(JSON.stringify(bodyOf(new VendError("unavailable", "Later.", { cause })))).not.toMatch(
      /arn|AKIA|said/,
    );
  });
});

test.each<[string, unknown]>([
  ["an error", new TypeError("cannot read secretAccessKey of arn:aws:sts::123456789012:assumed-role/lake")],
  [
    "an error that looks like ours",
    Object.assign(new Error("leak"), { code: "no_grant", name: "VendError" }),
  ],
  ["a text", "leak"],
  ["a fault without a value", undefined],
])("a problem shows nothing of %s that is unforeseen", (_, thrown) => {
  const message = "Something went wrong here; the operator finds it by the request id.";
  expect(problem(thrown, "request-1").status).toBe(500);
  expect(bodyOf(thrown)).toEqual({
    code: "internal",
    message,
    Code: "internal",
    Message: message,
    requestId: "request-1",
  });
});
