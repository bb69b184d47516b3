import type { ApiGatewayEvent } from "../../functions/vend.ts";

/** API Gateway's id of a request, in the form that it has. */
export const requestId = "JKJaXmPLvHcESHA=";

/** The parts of a request that a test is about. The rest is as an HTTP API sends it. */
export interface Sent {
  /** The token, or the whole value of the header; `undefined` for a request without the header. */
  authorization?: string | undefined;
  /** The storage's name as it is in the path, after API Gateway has decoded it. */
  storage?: string | undefined;
  query?: string;
  /** Default: the route for credentials if there is a storage, else the list of storages. */
  routeKey?: string;
  /** Default: the route's. */
  rawPath?: string;
  /** The identity that signed the request, on a route that API Gateway authorizes by IAM. */
  iam?: object | undefined;
  /** The address from which the request came to API Gateway. Default: 192.0.2.1. */
  sourceIp?: string;
  /** Headers beside the usual ones. */
  headers?: Record<string, string>;
  /** API Gateway hands on every form in base64. */
  body?: { text: string; isBase64?: boolean };
}

/**
 * An event of API Gateway's HTTP API, payload format 2.0.
 *
 * @example httpEvent({ authorization: token, storage: "lake", query: "permission=READ" })
 */
export function httpEvent({ authorization, storage, query = "", iam, ...sent }: Sent): ApiGatewayEvent {
  const { routeKey = storage === undefined ? "GET /v1/storages" : "GET /v1/storages/{storage}/credentials" } =
    sent;
  const { sourceIp = "192.0.2.1", headers, body } = sent;
  const [method = "", template = ""] = routeKey.split(" ");
  const rawPath = sent.rawPath ?? template.replace("{storage}", storage ?? "");
  return {
    version: "2.0",
    routeKey,
    rawPath,
    rawQueryString: query,
    headers: { accept: "*/*", ...headers, ...(authorization !== undefined && { authorization }) },
    ...(storage !== undefined && { pathParameters: { storage } }),
    requestContext: {
      accountId: "123456789012",
      apiId: "api",
      ...(iam !== undefined && { authorizer: { iam } }),
      domainName: "api.example.com",
      domainPrefix: "api",
      http: { method, path: rawPath, protocol: "HTTP/1.1", sourceIp, userAgent: "test" },
      requestId,
      routeKey,
      stage: "$default",
      time: "22/Nov/2026:15:00:00 +0000",
      timeEpoch: 1_795_359_600_000,
    },
    ...(body && { body: body.text }),
    isBase64Encoded: body?.isBase64 === true,
  };
}

/** The event of one request of many that are otherwise the same. */
export function withId(event: ApiGatewayEvent, requestId: string): ApiGatewayEvent {
  return { ...event, requestContext: { ...event.requestContext, requestId } };
}
