import { AwsFault } from "../aws-fault.ts";
import type { ReceivedRequest } from "../listener.ts";

interface RouteRule {
  method: string;
  on: "service" | "bucket" | "object";
  /** Query parameters that distinguish this operation from others. */
  marks?: readonly string[];
  /** Other query parameters that it understands. */
  takes?: readonly string[];
  copies?: true;
}

const listParameters = ["prefix", "delimiter", "max-keys", "encoding-type"];

/** The operations. A more particular one stands before a more general one. */
const rules = {
  ListBuckets: { method: "GET", on: "service" },
  CreateBucket: { method: "PUT", on: "bucket" },
  HeadBucket: { method: "HEAD", on: "bucket" },
  GetBucketLocation: { method: "GET", on: "bucket", marks: ["location"] },
  ListObjectsV2: {
    method: "GET",
    on: "bucket",
    marks: ["list-type"],
    takes: [...listParameters, "continuation-token", "start-after", "fetch-owner"],
  },
  ListObjects: { method: "GET", on: "bucket", takes: [...listParameters, "marker"] },
  ListMultipartUploads: {
    method: "GET",
    on: "bucket",
    marks: ["uploads"],
    takes: ["prefix", "key-marker", "upload-id-marker", "max-uploads", "encoding-type"],
  },
  DeleteObjects: { method: "POST", on: "bucket", marks: ["delete"] },
  UploadPart: { method: "PUT", on: "object", marks: ["partNumber", "uploadId"] },
  CopyObject: { method: "PUT", on: "object", copies: true },
  PutObject: { method: "PUT", on: "object" },
  ListParts: {
    method: "GET",
    on: "object",
    marks: ["uploadId"],
    takes: ["max-parts", "part-number-marker"],
  },
  GetObject: { method: "GET", on: "object" },
  HeadObject: { method: "HEAD", on: "object" },
  AbortMultipartUpload: { method: "DELETE", on: "object", marks: ["uploadId"] },
  DeleteObject: { method: "DELETE", on: "object" },
  CreateMultipartUpload: { method: "POST", on: "object", marks: ["uploads"] },
  CompleteMultipartUpload: { method: "POST", on: "object", marks: ["uploadId"] },
} as const satisfies Record<string, RouteRule>;

export type OperationName = keyof typeof rules;

/** The operation that a request asks for, with its bucket and key. Both are empty if the operation has none. */
export interface S3Route {
  operation: OperationName;
  bucket: string;
  key: string;
}

/**
 * Finds the operation, the bucket and the key of a request in path style, or in virtual-host style on
 * `bucket.localhost`. A query parameter that the operation does not understand is refused, since it would mean another
 * operation on AWS.
 *
 * @throws AwsFault `NotImplemented`, `InvalidURI`, `KeyTooLongError`
 */
export function routeOf(request: ReceivedRequest): S3Route {
  const { bucket, key } = resourceOf(request);
  const on = resourceKind(bucket, key);
  const parameters = [...request.query.keys()].filter((name) => name !== "x-id" && !/^x-amz-/i.test(name));
  const copies = s3Header(request, "x-amz-copy-source") !== undefined;
  const match = Object.entries<RouteRule>(rules).find(
    ([, rule]) =>
      rule.method === request.method &&
      rule.on === on &&
      (rule.copies ?? false) === copies &&
      (rule.marks ?? []).every((name) => parameters.includes(name)) &&
      parameters.every((name) => rule.marks?.includes(name) || rule.takes?.includes(name)),
  );
  if (match === undefined)
    throw new AwsFault(
      501,
      "NotImplemented",
      "This stand-in has no such operation, or not with these parameters.",
    );
  return { operation: match[0] as OperationName, bucket, key };
}

/** A header, or the query parameter that a presigned link has in its place. */
export function s3Header({ headers, query }: ReceivedRequest, name: string): string | undefined {
  return headers.get(name) ?? (name.startsWith("x-amz-") ? (query.get(name) ?? undefined) : undefined);
}

function resourceOf({ path, headers }: ReceivedRequest): { bucket: string; key: string } {
  const hostBucket = /^(.+?)(?:\.s3)?\.localhost(?::\d+)?$/.exec(headers.get("host") ?? "")?.[1];
  const [bucket = "", key = ""] =
    hostBucket === undefined ? path.slice(1).split(/\/(.*)/s, 2) : [hostBucket, path.slice(1)];
  const resource = { bucket: decode(bucket), key: decode(key) };
  if (Buffer.byteLength(resource.key) > 1_024)
    throw new AwsFault(400, "KeyTooLongError", "Your key is too long");
  return resource;
}

function resourceKind(bucket: string, key: string): RouteRule["on"] {
  if (bucket === "") return "service";
  return key === "" ? "bucket" : "object";
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsFault(400, "InvalidURI", "Couldn't parse the specified URI.");
  }
}
