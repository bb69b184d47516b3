import { AwsFault } from "../aws-fault.ts";
import type { ReceivedRequest } from "../listener.ts";
import { copySourceOf } from "./copy-source.ts";
import { type OperationName, type S3Route, s3Header } from "./route.ts";

/** One action on one resource, which IAM has to allow. */
export interface S3Permission {
  /** Without `s3:`. */
  action: string;
  /** `bucket`, or `bucket/key`; empty for the service itself. */
  on: string;
  context?: Readonly<Record<string, string>>;
}

const actionOf: Record<Exclude<OperationName, "DeleteObjects">, string> = {
  ListBuckets: "ListAllMyBuckets",
  CreateBucket: "CreateBucket",
  HeadBucket: "ListBucket",
  GetBucketLocation: "GetBucketLocation",
  ListObjectsV2: "ListBucket",
  ListObjects: "ListBucket",
  ListMultipartUploads: "ListBucketMultipartUploads",
  UploadPart: "PutObject",
  CopyObject: "PutObject",
  PutObject: "PutObject",
  ListParts: "ListMultipartUploadParts",
  GetObject: "GetObject",
  HeadObject: "GetObject",
  AbortMultipartUpload: "AbortMultipartUpload",
  DeleteObject: "DeleteObject",
  CreateMultipartUpload: "PutObject",
  CompleteMultipartUpload: "PutObject",
};

const listParameters = ["prefix", "delimiter", "max-keys"];
const aclHeaders = [
  "x-amz-acl",
  "x-amz-grant-full-control",
  "x-amz-grant-read",
  "x-amz-grant-write",
  "x-amz-grant-read-acp",
  "x-amz-grant-write-acp",
];

/**
 * The permissions that a request needs, by the service authorization reference. Without one of them the request is
 * denied. `DeleteObjects` as a whole needs none: each key is checked by itself.
 */
export function permissionsFor(route: S3Route, request: ReceivedRequest): S3Permission[] {
  const { operation, bucket, key } = route;
  if (operation === "DeleteObjects") return [];
  const on = key === "" ? bucket : `${bucket}/${key}`;
  const action = actionOf[operation];
  const own: S3Permission = { action, on, context: conditionKeys(operation, request) };
  if (action !== "PutObject") return [own];

  const needs: S3Permission[] = [own];
  if (aclHeaders.some((name) => s3Header(request, name) !== undefined))
    needs.push({ action: "PutObjectAcl", on });
  if (s3Header(request, "x-amz-tagging") !== undefined) needs.push({ action: "PutObjectTagging", on });
  // A caller learns from the answer whether the object has this ETag, so that it needs the right to read the object.
  if (request.headers.has("if-match")) needs.push({ action: "GetObject", on });
  if (operation === "CopyObject") {
    const source = copySourceOf(request);
    needs.push({ action: "GetObject", on: `${source.bucket}/${source.key}` });
  }
  return needs;
}

/**
 * The permission to learn that an object is missing. AWS checks it as if the caller listed the object's key.
 * (Ceph, matching AWS: https://github.com/ceph/ceph/pull/68577)
 */
export function permissionToMiss(bucket: string, key: string): S3Permission {
  return { action: "ListBucket", on: bucket, context: { "s3:prefix": key } };
}

export function accessDenied(): AwsFault {
  return new AwsFault(403, "AccessDenied", "Access Denied");
}

/** The refusal to tell that an object is missing. It names another right than the one that was asked for, as AWS's does. */
export function mayNotMiss(): AwsFault {
  const message =
    "You are not authorized to perform: s3:ListBucket, without which nobody learns what is missing.";
  return new AwsFault(403, "AccessDenied", message);
}

function conditionKeys(operation: OperationName, request: ReceivedRequest): Record<string, string> {
  const isListing = operation === "ListObjectsV2" || operation === "ListObjects";
  const parameters = isListing ? listParameters.map((name) => [`s3:${name}`, request.query.get(name)]) : [];
  const headers = [
    "x-amz-acl",
    "x-amz-copy-source",
    "x-amz-server-side-encryption",
    "x-amz-storage-class",
  ].map((name) => [`s3:${name}`, s3Header(request, name)]);
  return Object.fromEntries([...parameters, ...headers].filter(([, value]) => typeof value === "string"));
}
