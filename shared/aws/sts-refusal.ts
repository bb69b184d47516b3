import type { ErrorCode } from "../contract.ts";

/** The meaning of a refusal by STS: a code for the caller, advice for the operator. */
interface Verdict {
  code: ErrorCode;
  /** What to change; for the log only. */
  advice: string;
}

const keyRefused: Verdict = {
  code: "storage_misconfigured",
  advice: "STS does not know the long-term key, or its secret part is wrong: put a valid one into the secret",
};
const denied: Verdict = {
  code: "storage_misconfigured",
  advice:
    "the storage's identity may not do this: allow the STS action, and for a role look at its trust policy",
};
const invalid: Verdict = {
  code: "storage_misconfigured",
  advice:
    "STS does not take these parameters: is maxDurationSeconds above the role's maximum session duration?",
};
const throttled: Verdict = {
  code: "throttled",
  advice: "STS throttles: its quota is shared by the whole account and region",
};
const away: Verdict = {
  code: "unavailable",
  advice: "STS does not answer, or answers with a fault of its own",
};

/** By the code on the wire. The SDK's classes put `Exception` behind some of them. */
const verdicts: Readonly<Record<string, Verdict>> = {
  InvalidClientTokenId: keyRefused,
  InvalidAccessKeyId: keyRefused,
  SignatureDoesNotMatch: keyRefused,
  UnrecognizedClient: keyRefused,
  AccessDenied: denied,
  ValidationError: invalid,
  Validation: invalid,
  PackedPolicyTooLarge: {
    code: "policy_too_large",
    advice: "the session policy is over STS's packed limit: use fewer or shorter prefixes",
  },
  MalformedPolicyDocument: {
    code: "internal",
    advice: "STS cannot read the session policy that was compiled: a fault of keyvend's",
  },
  RegionDisabled: {
    code: "storage_misconfigured",
    advice:
      "the region whose STS was asked is not active in the account: activate it there, or set stsEndpoint to another region's",
  },
  ExpiredToken: {
    code: "identity_not_accepted",
    advice: "the token that was handed to STS has expired: the caller needs a fresh one",
  },
  InvalidIdentityToken: {
    code: "identity_not_accepted",
    advice:
      "STS refuses the caller's token: make its issuer an identity provider of the role's account, with its audience",
  },
  IDPRejectedClaim: {
    code: "identity_not_accepted",
    advice: "the identity provider or the role's trust policy refuses the token's claims",
  },
  IDPCommunicationError: { code: "unavailable", advice: "STS cannot reach the identity provider" },
  Throttling: throttled,
  TooManyRequests: throttled,
  RequestLimitExceeded: throttled,
  SlowDown: throttled,
  UnusableAnswer: { code: "unavailable", advice: "STS answered without usable credentials" },
};

/**
 * The meaning of an error of the SDK. If a store answers in S3's form, the SDK finds no name of an error in it; then the
 * HTTP status decides.
 *
 * @example verdictOf(new PackedPolicyTooLargeException(…)).code // "policy_too_large"
 */
export function verdictOf(error: unknown): Verdict {
  const { name, status } = factsOf(error);
  const code = name.replace(/Exception$/, "");
  const verdict = Object.hasOwn(verdicts, code) ? verdicts[code] : undefined;
  if (verdict !== undefined) return verdict;
  if (status === 429) return throttled;
  if (status === 401 || status === 403) return denied;
  if (status === 400) return invalid;
  // Without a status there was no answer, unless the fault is in our own code, which no waiting mends.
  const ours = [TypeError, RangeError, ReferenceError].some((defect) => error instanceof defect);
  if (ours) return { code: "internal", advice: "keyvend failed while it asked STS" };
  // With a status of success the answer broke off, or time was up before its end.
  return status === undefined || status >= 500 || status < 300
    ? away
    : { code: "internal", advice: "STS answered with an unknown error" };
}

/** Could another long-term key help? A 403 without a name may well mean that the key is unknown. */
export function isKeyRefused(error: unknown): boolean {
  const verdict = verdictOf(error);
  return verdict === keyRefused || (verdict === denied && !factsOf(error).name.startsWith("AccessDenied"));
}

/** Did the caller cause the refusal, by its token or by the size of its request? */
export function isCallersFault(error: unknown): boolean {
  const { code } = verdictOf(error);
  return code === "identity_not_accepted" || code === "policy_too_large";
}

/**
 * The time after which STS advises to come back, in seconds from now; it may be below zero. `undefined` if STS advises
 * nothing, `NaN` if its advice cannot be read.
 */
export function advisedSecondsOf(error: unknown, now: number): number | undefined {
  const { $response } = error as { $response?: { headers?: Readonly<Record<string, string>> } };
  const advice = $response?.headers?.["retry-after"];
  if (advice === undefined) return undefined;
  const seconds = Number(advice);
  return Number.isNaN(seconds) ? (Date.parse(advice) - now) / 1_000 : seconds;
}

export function factsOf(error: unknown): { name: string; status: number | undefined } {
  const { name, $metadata } = error as { name?: unknown; $metadata?: { httpStatusCode?: number } };
  return { name: typeof name === "string" ? name : "", status: $metadata?.httpStatusCode };
}
