import type { MiddlewareObj } from "@middy/core";
import type {
  APIGatewayEventRequestContextV2,
  APIGatewayProxyEventV2WithRequestContext,
  APIGatewayProxyStructuredResultV2,
} from "aws-lambda";
import type { ErrorCode, Problem } from "../shared/contract.ts";
import { VendError } from "../shared/core/errors.ts";
import type { IamIdentity } from "../shared/identity/aws-identity.ts";

/** `authorizer.iam` is there on the routes that API Gateway authorizes by IAM. */
export type HttpEvent = APIGatewayProxyEventV2WithRequestContext<
  APIGatewayEventRequestContextV2 & { authorizer?: { iam?: Partial<IamIdentity> | null } }
>;
export type HttpAnswer = APIGatewayProxyStructuredResultV2;

/** The HTTP status of each error code, complete by type. */
export const statusOf: Record<ErrorCode, number> = {
  invalid_request: 400,
  choose_target: 400,
  not_scopable: 400,
  policy_too_large: 400,
  unauthenticated: 401,
  no_grant: 403,
  identity_not_accepted: 403,
  not_found: 404,
  delegation_off: 409,
  internal: 500,
  storage_misconfigured: 502,
  throttled: 503,
  unavailable: 503,
};

/** Text as it is, anything else as JSON. Nothing that this service says may be kept by anything on the way. */
export function answer(
  statusCode: number,
  body: string | object,
  headers: Record<string, string> = {},
): HttpAnswer {
  const isText = typeof body === "string";
  return {
    statusCode,
    headers: {
      "Content-Type": isText ? "text/plain; charset=utf-8" : "application/json",
      "Cache-Control": "no-store",
      ...headers,
    },
    body: isText ? body : JSON.stringify(body),
  };
}

/** The HTTP edge: whatever is thrown becomes a problem, and the unknown becomes `internal`. */
export const problems: MiddlewareObj<HttpEvent, HttpAnswer> = {
  onError(request) {
    request.response = problem(request.error, request.context.awsRequestId);
  },
};

/**
 * The answer to a fault.
 *
 * @example problem(new VendError("no_grant", "No grant of yours covers this request."), requestId).statusCode // 403
 */
export function problem(error: unknown, requestId: string): HttpAnswer {
  const known =
    error instanceof VendError
      ? error
      : new VendError("internal", "Something went wrong here; the operator finds it by the request id.");
  const { code, message, fields, address, retryAfterSeconds } = known;
  const body: Problem = {
    code,
    message,
    Code: code,
    Message: message,
    requestId,
    ...(fields && { fields }),
    ...address,
  };
  return answer(statusOf[code], body, {
    ...(code === "unauthenticated" && { "WWW-Authenticate": 'Bearer realm="keyvend"' }),
    ...(retryAfterSeconds !== undefined && { "Retry-After": String(retryAfterSeconds) }),
  });
}
