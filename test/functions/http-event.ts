import type { HttpEvent } from "../../functions/http.ts";

/** Of a request: what a test is about; the rest is as an HTTP API sends it. */
export interface Sent {
  /** The token, or the whole value of the header; `undefined` for a request without the header. */
  authorization?: string | undefined;
  /** As the path has it, after the gateway has decoded it once. */
  storage?: string;
  query?: string;
  routeKey?: string;
}

const listRoute = "GET /v1/storages";
const credentialsRoute = "GET /v1/storages/{storage}/credentials";

/**
 * An event of API Gateway's HTTP API, payload format 2.0; for the credentials of a storage where one is named.
 *
 * @example httpEvent({ authorization: token, storage: "lake", query: "permission=READ" })
 */
export function httpEvent({ authorization, storage, query = "", routeKey }: Sent): HttpEvent {
  const rawPath = storage === undefined ? "/v1/storages" : `/v1/storages/${storage}/credentials`;
  return {
    version: "2.0",
    routeKey: routeKey ?? (storage === undefined ? listRoute : credentialsRoute),
    rawPath,
    rawQueryString: query,
    headers: { accept: "*/*", ...(authorization !== undefined && { authorization }) },
    ...(storage !== undefined && { pathParameters: { storage } }),
    requestContext: {
      accountId: "123456789012",
      apiId: "api",
      domainName: "api.example.com",
      domainPrefix: "api",
      http: { method: "GET", path: rawPath, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "test" },
      requestId: "gateway-request",
      routeKey: routeKey ?? credentialsRoute,
      stage: "$default",
      time: "22/Nov/2026:15:00:00 +0000",
      timeEpoch: 1_795_359_600_000,
    },
    isBase64Encoded: false,
  };
}
