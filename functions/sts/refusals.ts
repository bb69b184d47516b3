import type { ErrorCode } from "../../shared/contract.ts";
import { VendError } from "../../shared/core/errors.ts";
import { StsRefusal } from "../../shared/identity/signed-request.ts";
import { readUnverified } from "../../shared/identity/unverified-token.ts";
import type { HttpAnswer } from "../http.ts";
import { xml } from "./xml.ts";

/** The codes of STS with which this door refuses. */
type StsCode =
  | StsRefusal["stsCode"]
  | "AccessDenied"
  | "ExpiredTokenException"
  | "InternalFailure"
  | "InvalidAction"
  | "InvalidIdentityToken"
  | "MalformedPolicyDocument"
  | "PackedPolicyTooLarge"
  | "Throttling"
  | "ValidationError";

/**
 * The status of each code. `Throttling` has 503, by which all clients try again: some try no 400 again, and some SDKs none of
 * the other statuses.
 */
const statusOf: Record<StsCode, number> = {
  ExpiredTokenException: 400,
  IncompleteSignature: 400,
  InvalidAction: 400,
  InvalidIdentityToken: 400,
  MalformedPolicyDocument: 400,
  PackedPolicyTooLarge: 400,
  RequestExpired: 400,
  ValidationError: 400,
  AccessDenied: 403,
  InvalidClientTokenId: 403,
  MissingAuthenticationToken: 403,
  SignatureDoesNotMatch: 403,
  InternalFailure: 500,
  Throttling: 503,
};

/** What STS calls each of our refusals, where no more is known of it than its code. */
const stsCodeOf: Record<ErrorCode, StsCode> = {
  invalid_request: "ValidationError",
  delegation_off: "ValidationError",
  policy_too_large: "PackedPolicyTooLarge",
  unauthenticated: "InvalidIdentityToken",
  choose_target: "AccessDenied",
  identity_not_accepted: "AccessDenied",
  no_grant: "AccessDenied",
  not_scopable: "AccessDenied",
  revoked: "AccessDenied",
  // A client that tried again would get the same.
  storage_misconfigured: "AccessDenied",
  not_found: "InvalidAction",
  internal: "InternalFailure",
  throttled: "Throttling",
  unavailable: "Throttling",
};

/** A token that is refused and out of date: by this code clients get another one. */
class ExpiredToken extends VendError {}

/**
 * Tells a refused token that is out of date, by what it says itself, from one that is wrong. That it is refused is decided already.
 *
 * @param now epoch milliseconds
 */
export function asExpired(refusal: unknown, token: string, now: number): unknown {
  if (!(refusal instanceof VendError) || refusal.code !== "unauthenticated") return refusal;
  return hasExpired(token, now)
    ? new ExpiredToken(refusal.code, "The identity token has expired.", { cause: refusal.cause })
    : refusal;
}

function hasExpired(token: string, now: number): boolean {
  try {
    const { exp } = readUnverified(token).payload;
    return typeof exp === "number" && exp * 1_000 <= now;
  } catch {
    return false;
  }
}

/**
 * The answer to a fault, as STS writes it. Anything but a `VendError` is `InternalFailure`, and its text is not shown.
 *
 * @param asked what the request was for, which a refused caller is told
 * @example refusal(new VendError("no_grant", "No grant of yours covers this request."), "r-1").status // 403
 */
export function refusal(error: unknown, requestId: string, asked?: string): HttpAnswer {
  const known = error instanceof VendError ? error : undefined;
  const code = codeOf(known);
  const status = statusOf[code];
  const message = messageOf(known);
  const retryAfter = known?.retryAfterSeconds;
  return xml(
    status,
    "ErrorResponse",
    {
      Error: {
        Type: status < 500 ? "Sender" : "Receiver",
        Code: code,
        Message: code === "AccessDenied" && asked !== undefined ? `${message} ${asked}` : message,
      },
      RequestId: requestId,
    },
    { ...(retryAfter !== undefined && { "Retry-After": String(retryAfter) }) },
  );
}

function codeOf(error: VendError | undefined): StsCode {
  if (error === undefined) return "InternalFailure";
  if (error instanceof StsRefusal) return error.stsCode;
  if (error instanceof ExpiredToken) return "ExpiredTokenException";
  // The intersection names the field so. The member itself is `Policy`.
  if (error.fields?.some(({ field }) => field === "policy")) return "MalformedPolicyDocument";
  return stsCodeOf[error.code];
}

/** The words of the other doors, but where these name what clients of STS do not have. */
function messageOf(error: VendError | undefined): string {
  if (error === undefined) return "Something went wrong here; the operator finds it by the request id.";
  if (error.code === "choose_target")
    return "Several grants could be meant: name a permission and a folder in RoleArn.";
  const duration = error.fields?.find(({ field }) => field === "durationSeconds");
  return duration === undefined
    ? error.message
    : `The requested DurationSeconds exceeds the MaxSessionDuration set for this role: it ${duration.message}.`;
}
