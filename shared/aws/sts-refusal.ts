import type { ErrorCode } from "../contract.ts";
import type { Way } from "../core/storage.ts";
import { answerOf } from "./sts-answer.ts";

/** The meaning of a refusal by STS: a code for the caller, advice for the operator. */
interface Verdict {
  code: ErrorCode;
  /** What it means or what to change, for the log only; absent where the code has several readings. */
  advice?: string;
}

const keyRefused: Verdict = {
  code: "storage_misconfigured",
  advice: "it does not know the access key id, or the key is disabled: put a valid key into the secret",
};
/** Of many readings: a wrong secret key, a clock, a region. STS says which. */
const signatureRefused: Verdict = { code: "storage_misconfigured" };
const denied: Verdict = { code: "storage_misconfigured" };
const invalid: Verdict = { code: "storage_misconfigured" };
const unknownCall: Verdict = {
  code: "storage_misconfigured",
  advice: "this STS does not know the call",
};
const noStsHere: Verdict = {
  code: "storage_misconfigured",
  advice: "there is no STS at this address: look at stsEndpoint",
};
const throttled: Verdict = {
  code: "throttled",
  advice: "STS throttles: its quota is shared by the whole account and region",
};
const away: Verdict = { code: "unavailable", advice: "STS does not answer" };
const failing: Verdict = { code: "unavailable", advice: "STS answers with a fault of its own" };
const untrusted: Verdict = {
  code: "unavailable",
  advice: "its certificate leads to no trusted authority: add what is missing to caBundle",
};

const callersTokenExpired: Verdict = {
  code: "identity_not_accepted",
  advice: "the token that was handed to STS has expired: the caller needs a fresh one",
};

const notKnownYet: Verdict = {
  code: "unavailable",
  advice: "the key in the secret is new, and STS may not know it yet",
};

/** STS refuses a key that is so new that it may not know it yet, and no earlier key can stand in for it. */
export class KeyNotKnownYet extends Error {
  override readonly name = "KeyNotKnownYet";
  readonly refusal: unknown;

  constructor(refusal: unknown) {
    super();
    this.refusal = refusal;
  }
}

/** By the code on the wire. The SDK's classes put `Exception` behind some of them. */
const verdicts: Readonly<Record<string, Verdict>> = {
  InvalidClientTokenId: keyRefused,
  InvalidAccessKeyId: keyRefused,
  UnrecognizedClient: keyRefused,
  SignatureDoesNotMatch: signatureRefused,
  InvalidSignature: signatureRefused,
  AccessDenied: denied,
  ValidationError: invalid,
  Validation: invalid,
  InvalidAction: unknownCall,
  MethodNotAllowed: unknownCall,
  NotImplemented: unknownCall,
  UnknownOperation: unknownCall,
  NoStsHere: noStsHere,
  NoSuchEntity: {
    code: "storage_misconfigured",
    advice: "this STS knows no such role: look at roleArn",
  },
  PackedPolicyTooLarge: {
    code: "policy_too_large",
    advice: "the session policy is over STS's packed limit: use fewer or shorter prefixes",
  },
  MalformedPolicyDocument: {
    code: "internal",
    advice: "STS does not take the session policy that keyvend compiled",
  },
  RegionDisabled: {
    code: "storage_misconfigured",
    advice:
      "the region whose STS was asked is not active in the account: activate it there, or set stsEndpoint to another region's",
  },
  ExpiredToken: {
    code: "storage_misconfigured",
    advice: "the service's own credentials have expired",
  },
  InvalidIdentityToken: { code: "identity_not_accepted" },
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
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
};

function verdictByCode(code: string): Verdict | undefined {
  const plain = code.replace(/Exception$/, "");
  return Object.hasOwn(verdicts, plain) ? verdicts[plain] : undefined;
}

/**
 * The meaning of an error of the SDK: by its code, else by the HTTP status.
 *
 * @example verdictOf(new PackedPolicyTooLargeException(…)).code // "policy_too_large"
 * @param way of the storage that STS was asked for
 */
export function verdictOf(error: unknown, way?: Way): Verdict {
  if (error instanceof KeyNotKnownYet) return notKnownYet;
  const { code, status } = answerOf(error);
  // Only there a caller's token was handed to STS.
  if (way === "web-identity" && code.startsWith("ExpiredToken")) return callersTokenExpired;
  const verdict = verdictByCode(code);
  if (verdict !== undefined) return verdict;
  if (status === 429) return throttled;
  if (status === 401 || status === 403) return denied;
  if (status === 400) return invalid;
  // Without a status there was no answer, unless the fault is in our own code, which no waiting mends.
  const ours = [TypeError, RangeError, ReferenceError].some((defect) => error instanceof defect);
  if (ours) return { code: "internal", advice: "keyvend failed while it asked STS" };
  // With a status of success the answer broke off, or time was up before its end.
  if (status === undefined || status < 300) return away;
  return status >= 500 ? failing : { code: "storage_misconfigured" };
}

/**
 * A refusal for the operator's log: STS's code, the HTTP status, advice where the code has one reading, and STS's words.
 *
 * @example accountOf(error) // "STS: AccessDenied 403; it says: User: … is not authorized to perform: sts:AssumeRole"
 */
export function accountOf(error: unknown, way?: Way): string {
  const { code, status, message } = answerOf(error instanceof KeyNotKnownYet ? error.refusal : error);
  const { advice } = verdictOf(error, way);
  const head = [code, status].filter(Boolean).join(" ");
  return `STS: ${[head, advice, message && `it says: ${message}`].filter(Boolean).join("; ")}`;
}

/** Is it the key that STS refuses, and nothing else? */
export function isKeyRefused(error: unknown): boolean {
  const verdict = verdictOf(error);
  return verdict === keyRefused || verdict === signatureRefused;
}

/** Could another long-term key help? Stores such as MinIO say `AccessDenied` to a key that they do not know, others a bare 403. */
export function mayBeTheKeys(error: unknown): boolean {
  return isKeyRefused(error) || verdictOf(error) === denied;
}

/** Did the caller cause the refusal, by its token or by the size of its request? */
export function isCallersFault(error: unknown, way: Way): boolean {
  const { code } = verdictOf(error, way);
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
