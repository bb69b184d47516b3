import type { ErrorCode, Problem } from "../shared/contract.ts";
import { VendError } from "../shared/core/errors.ts";
import { escapedJson } from "../shared/formats/escaped-json.ts";
import type { IamIdentity } from "../shared/identity/aws-identity.ts";

/** A request, as every door hands it to the application. */
export interface HttpRequest {
  /** In capitals. */
  method: string;
  /**
   * As it was sent, percent-encoded: without the query, and without anything that precedes the API, such as a stage. With POST
   * the whole path, since the signatures of clients of STS cover it.
   */
  path: string;
  /** As it was sent, percent-encoded, without the question mark; empty if there is none. */
  query: string;
  /** As it was sent; absent if it is empty. Only the STS door reads it. */
  body?: Uint8Array;
  /** Names in any case. The values of a header that was sent more than once are joined by commas. */
  headers: Readonly<Record<string, string | undefined>>;
  /** The caller's address, as the door sees it. */
  clientAddress: string;
  /** Who signed the request, if the door itself has verified a signature of AWS. It is never what a caller claims. */
  iamIdentity?: Partial<IamIdentity> | null | undefined;
  /** When the door ends the request, in epoch milliseconds. */
  answerBy: number;
  /** Tells this request from all others, in the answer and in every log. Its door gives it, and never its caller. */
  requestId: string;
}

export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** The HTTP status of each error code, complete by type. */
export const statusOf: Record<ErrorCode, number> = {
  invalid_request: 400,
  choose_target: 400,
  not_scopable: 400,
  policy_too_large: 400,
  unauthenticated: 401,
  no_grant: 403,
  revoked: 403,
  identity_not_accepted: 403,
  not_found: 404,
  delegation_off: 409,
  internal: 500,
  storage_misconfigured: 502,
  throttled: 503,
  unavailable: 503,
};

/**
 * An answer to one caller: a text as it is, an object as JSON. No cache on the way may store it.
 *
 * @example answer(200, { Storages: [] })
 */
export function answer(
  status: number,
  body: string | object,
  headers: Record<string, string> = {},
): HttpAnswer {
  const isText = typeof body === "string";
  return {
    status,
    headers: {
      "Content-Type": isText ? "text/plain; charset=utf-8" : "application/json",
      "Cache-Control": "no-store",
      ...headers,
    },
    body: isText ? body : escapedJson(body),
  };
}

/**
 * The answer to a fault. Anything but a `VendError` is `internal`, and its text is not shown.
 *
 * @param shape writes the problem in another shape than its own
 * @example problem(new VendError("no_grant", "No grant of yours covers this request."), requestId).status // 403
 */
export function problem(
  error: unknown,
  requestId: string,
  shape?: (problem: Problem, status: number) => object,
): HttpAnswer {
  const refusal =
    error instanceof VendError
      ? error
      : new VendError("internal", "Something went wrong here; the operator finds it by the request id.");
  const { code, message, fields, address, retryAfterSeconds } = refusal;
  const body: Problem = {
    code,
    message,
    Code: code,
    Message: message,
    requestId,
    ...(fields && { fields }),
    ...address,
  };
  const status = statusOf[code];
  return answer(status, shape?.(body, status) ?? body, {
    ...(code === "unauthenticated" && { "WWW-Authenticate": 'Bearer realm="keyvend"' }),
    ...(retryAfterSeconds !== undefined && { "Retry-After": String(retryAfterSeconds) }),
  });
}
