import { inspect } from "node:util";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createIssue } from "../../shared/aws/issue.ts";
import { verdictOf } from "../../shared/aws/sts-refusal.ts";
import type { ErrorCode } from "../../shared/contract.ts";
import { sampleRequest, sampleStorage } from "../vending/samples.ts";
import { deadAddress, fakeService, serve } from "./fake-service.ts";
import { createAws } from "./simulated-aws.ts";
import { credentials, sessionToken, stsError } from "./sts-answers.ts";

beforeEach(() => {
  // The SDK waits a random time before it asks again.
  vi.spyOn(Math, "random").mockReturnValue(0);
});
afterEach(() => vi.restoreAllMocks());

/** Issues from an STS that answers there, and gives the refusal. */
async function refusalFrom(stsEndpoint: string) {
  // The key is older than five minutes: STS knows what it will ever know of it.
  const { own } = await createAws({ clock: { now: () => Date.now() + 600_000 } });
  const request = sampleRequest(sampleStorage("session-token", { stsEndpoint }));
  return createIssue(own)(request).then(
    () => "issued",
    (error) => error,
  );
}

/** What STS says of us and our account must never reach a caller. */
const message = "User: arn:aws:iam::123456789012:user/lake-owner is not welcome";

/** As Ceph and other stores answer, also for STS. */
const s3Error = (code: string) =>
  `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message>` +
  "<RequestId>1</RequestId><HostId>1</HostId></Error>";

const cannot = "Storage lake cannot issue credentials.";
const notNow = "Storage lake cannot issue credentials right now.";
const notYou = "Storage lake does not accept this identity.";
const tooLarge = "The session policy is too large: ask for fewer or shorter prefixes.";

/** Of a code with several readings: STS's words, and nothing of ours. */
const noAdvice = /^STS: \w+ \d+; it says: /;

const bodyIn: Readonly<Record<string, (code: string) => string>> = {
  sts: (code) => stsError(code, message),
  s3: s3Error,
  json: (code) => JSON.stringify({ __type: code, message }),
};

test.each<[string, number, string, ErrorCode, string, RegExp]>([
  ["InvalidClientTokenId", 403, "sts", "storage_misconfigured", cannot, /put a valid key into the secret/],
  ["InvalidAccessKeyId", 403, "sts", "storage_misconfigured", cannot, /put a valid key into the secret/],
  [
    "UnrecognizedClientException",
    400,
    "sts",
    "storage_misconfigured",
    cannot,
    /put a valid key into the secret/,
  ],
  ["SignatureDoesNotMatch", 403, "sts", "storage_misconfigured", cannot, noAdvice],
  ["AccessDenied", 403, "sts", "storage_misconfigured", cannot, noAdvice],
  ["AccessDeniedException", 400, "sts", "storage_misconfigured", cannot, noAdvice],
  ["ValidationError", 400, "sts", "storage_misconfigured", cannot, noAdvice],
  ["ValidationException", 400, "sts", "storage_misconfigured", cannot, noAdvice],
  ["InvalidParameterValue", 400, "sts", "storage_misconfigured", cannot, noAdvice],
  ["RegionDisabledException", 403, "sts", "storage_misconfigured", cannot, /not active in the account/],
  ["InvalidAction", 400, "sts", "storage_misconfigured", cannot, /does not know the call/],
  ["PackedPolicyTooLarge", 400, "sts", "policy_too_large", tooLarge, /packed limit/],
  ["PackedPolicyTooLargeException", 400, "sts", "policy_too_large", tooLarge, /packed limit/],
  ["MalformedPolicyDocument", 400, "sts", "internal", cannot, /policy that keyvend compiled/],
  ["MalformedPolicyDocumentException", 400, "sts", "internal", cannot, /policy that keyvend compiled/],
  ["ExpiredToken", 400, "sts", "storage_misconfigured", cannot, /service's own credentials have expired/],
  [
    "ExpiredTokenException",
    400,
    "sts",
    "storage_misconfigured",
    cannot,
    /service's own credentials have expired/,
  ],
  ["InvalidIdentityToken", 400, "sts", "identity_not_accepted", notYou, noAdvice],
  ["IDPRejectedClaim", 403, "sts", "identity_not_accepted", notYou, /token's claims/],
  ["IDPCommunicationError", 400, "sts", "unavailable", notNow, /cannot reach the identity provider/],
  ["Throttling", 400, "sts", "throttled", notNow, /quota/],
  ["ThrottlingException", 400, "sts", "throttled", notNow, /quota/],
  ["TooManyRequestsException", 429, "sts", "throttled", notNow, /quota/],
  ["RequestLimitExceeded", 503, "sts", "throttled", notNow, /quota/],
  ["SlowDown", 503, "sts", "throttled", notNow, /quota/],
  ["InternalFailure", 500, "sts", "unavailable", notNow, /fault of its own/],
  ["ServiceUnavailable", 503, "sts", "unavailable", notNow, /fault of its own/],
  ["AccessDenied", 403, "s3", "storage_misconfigured", cannot, noAdvice],
  ["InvalidAccessKeyId", 403, "s3", "storage_misconfigured", cannot, /put a valid key into the secret/],
  ["SignatureDoesNotMatch", 403, "s3", "storage_misconfigured", cannot, noAdvice],
  ["Unauthorized", 401, "s3", "storage_misconfigured", cannot, noAdvice],
  ["InvalidArgument", 400, "s3", "storage_misconfigured", cannot, noAdvice],
  ["NoSuchEntity", 404, "s3", "storage_misconfigured", cannot, /knows no such role/],
  ["MethodNotAllowed", 405, "s3", "storage_misconfigured", cannot, /does not know the call/],
  ["NotImplemented", 501, "s3", "storage_misconfigured", cannot, /does not know the call/],
  ["TooBusy", 429, "s3", "throttled", notNow, /quota/],
  ["Broken", 500, "s3", "unavailable", notNow, /fault of its own/],
  ["toString", 409, "sts", "storage_misconfigured", cannot, /STS: toString 409/],
  ["AccessDeniedException", 400, "json", "storage_misconfigured", cannot, noAdvice],
  [
    "com.amazon.coral.service#UnrecognizedClientException",
    400,
    "json",
    "storage_misconfigured",
    cannot,
    /put a valid key into the secret/,
  ],
])("%s with %i in %s's form is %s", async (code, status, form, expected, publicMessage, advice) => {
  const body = bodyIn[form]?.(code) ?? "";
  const { url } = await fakeService(() => ({ status, body }));
  const error = await refusalFrom(url);
  const passing = expected === "throttled" || expected === "unavailable";
  expect(error).toMatchObject({
    name: "VendError",
    code: expected,
    message: publicMessage,
    cause: expect.stringMatching(advice),
    retryAfterSeconds: passing ? 2 : undefined,
  });
  const name = code.replace(/^.*#/, "");
  expect(error.cause).toMatch(new RegExp(`^STS: ${name} ${status}; .*it says: ${message}$`));
  expect(inspect({ ...error, cause: undefined, message: error.message })).not.toContain("arn:aws");
});

test("an error without a body is judged by its status", async () => {
  const { url } = await fakeService(() => ({ status: 403, body: "" }));
  expect(await refusalFrom(url)).toMatchObject({ code: "storage_misconfigured" });
});

test.each([
  ["does not listen", deadAddress],
  ["hangs up", () => serve((request) => void request.socket.destroy())],
  [
    "hangs up in the middle of an answer",
    () =>
      serve((request, response) => {
        response.writeHead(200, { "content-length": 99 }).write("<");
        setTimeout(() => request.socket.destroy(), 10);
      }),
  ],
])("an STS that %s is unavailable, and the caller is to come back", async (_, address) => {
  expect(await refusalFrom(await address())).toMatchObject({
    code: "unavailable",
    message: notNow,
    retryAfterSeconds: 2,
  });
});

test.each([
  ["no credentials", sessionToken("")],
  ["an empty secret key", sessionToken(credentials(""))],
  ["credentials that have expired", sessionToken(credentials("key", "2001-01-01T00:00:00Z"))],
])("an answer with %s is no answer", async (_, body) => {
  const { url } = await fakeService(() => ({ status: 200, body }));
  const error = await refusalFrom(url);
  expect(error).toMatchObject({
    code: "unavailable",
    message: notNow,
    retryAfterSeconds: 2,
    cause: expect.stringContaining("without usable credentials"),
  });
});

test.each(["AbortError", "TimeoutError"])("what the SDK calls %s is an STS that does not answer", (name) => {
  expect(verdictOf(Object.assign(new Error("Request aborted"), { name })).code).toBe("unavailable");
});

test("a defect of our own is not an outage of STS, so that no stale session hides it", () => {
  expect(verdictOf(new TypeError("x is undefined")).code).toBe("internal");
});
