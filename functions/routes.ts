import type { HttpRequest } from "./http.ts";

/**
 * One route of the API, by its key: method and path. Its authorizer is how callers prove their identity: by a token that
 * the application verifies (`token`), or by a signature of AWS that the door has verified (`iam`).
 */
type ApiRoute = { key: `GET /${string}` } & (
  | { authorizer: "none"; operation: "describe" }
  | { authorizer: "token" | "iam"; operation: "listStorages" | "vendCredentials" | "explainCredentials" }
);

/** Every route of the API but those to the STS door. Tests hold `serverless.yml` and the OpenAPI document to this table. */
export const routes: readonly ApiRoute[] = [
  { key: "GET /openapi.json", authorizer: "none", operation: "describe" },
  { key: "GET /v1/storages", authorizer: "token", operation: "listStorages" },
  { key: "GET /v1/storages/{storage}/credentials", authorizer: "token", operation: "vendCredentials" },
  { key: "GET /v1/storages/{storage}/explain", authorizer: "token", operation: "explainCredentials" },
  { key: "GET /v1/aws/storages", authorizer: "iam", operation: "listStorages" },
  { key: "GET /v1/aws/storages/{storage}/credentials", authorizer: "iam", operation: "vendCredentials" },
  { key: "GET /v1/aws/storages/{storage}/explain", authorizer: "iam", operation: "explainCredentials" },
];

/** The door for clients of STS. The path decides nothing there: the application knows it by the method. */
export const stsRoutes = ["POST /", "POST /{prefix+}"];

const storageSegment = "{storage}";
const segmented = routes.map((route) => ({ route, expected: route.key.split("/") }));

/**
 * Finds the route of a request, and the storage that its path names, decoded once. The storage is empty on a route that
 * names none.
 *
 * @returns `undefined` if there is no such route, or only with another method. API Gateway answers both alike, and callers
 *   are not to find two APIs behind two doors.
 * @example matchRoute({ method: "GET", path: "/v1/storages/lake/explain" })?.storage // "lake"
 */
export function matchRoute({ method, path }: Pick<HttpRequest, "method" | "path">) {
  const segments = `${method} ${path}`.split("/");
  for (const { route, expected } of segmented) {
    const fits =
      segments.length === expected.length &&
      expected.every((segment, at) =>
        segment === storageSegment ? segments[at] !== "" : segments[at] === segment,
      );
    const storage = decode(segments[expected.indexOf(storageSegment)] ?? "");
    if (fits && storage !== undefined) return { route, storage };
  }
  return undefined;
}

/** `undefined` for bytes that are not UTF-8, and for a percent sign that encodes nothing. */
function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
