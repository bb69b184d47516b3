import { type OperationGroup, operationGroups, type Permission } from "../contract.ts";

/** What S3 asks policies about when it authorises an operation. */
export type Place =
  /** Each object under a prefix. */
  | "object"
  /** The bucket, with a prefix in the request that lies inside; of a scope that is the whole bucket, any request. */
  | "list"
  /** The bucket, whatever the request. */
  | "bucket"
  /** The bucket, if the scope is all of it. */
  | "whole"
  /** The object that has a folder's name without the slash. */
  | "name"
  /** The bucket, with that name as the prefix of the request. */
  | "nameAsPrefix";

type Actions = { readonly [P in Place]?: readonly string[] };

/**
 * What each permission contains, and what a group adds to it: actions of S3 without `s3:`. `PutObject` covers every step
 * of a multipart upload but aborting it and listing its parts. The location is allowed because some clients insist; it
 * tells no more than the region in our own answer.
 */
const operations: {
  readonly [G in "always" | OperationGroup]: { readonly [P in "READ" | "WRITE"]?: Actions };
} = {
  always: {
    READ: { object: ["GetObject"], bucket: ["GetBucketLocation"], list: ["ListBucket"] },
    WRITE: {
      object: ["PutObject", "DeleteObject", "AbortMultipartUpload", "ListMultipartUploadParts"],
      bucket: ["GetBucketLocation"],
      whole: ["ListBucketMultipartUploads"],
    },
  },
  // S3 judges a HEAD by the right to read that key, and, where it is missing, by the right to list it. Conditions on the
  // other parameters of a list would win nothing: a caller can leave each of them out.
  folder: { READ: { name: ["GetObject"], nameAsPrefix: ["ListBucket"] } },
  versions: { READ: { object: ["GetObjectVersion"], list: ["ListBucketVersions"] } },
  "delete-versions": { WRITE: { object: ["DeleteObjectVersion"] } },
  tags: { READ: { object: ["GetObjectTagging"] }, WRITE: { object: ["PutObjectTagging"] } },
  attributes: { READ: { object: ["GetObjectAttributes"] } },
  retention: {
    READ: { object: ["GetObjectRetention", "GetObjectLegalHold"] },
    WRITE: { object: ["PutObjectRetention", "PutObjectLegalHold"] },
  },
  restore: { WRITE: { object: ["RestoreObject"] } },
  // No condition on a prefix exists for it.
  uploads: { WRITE: { bucket: ["ListBucketMultipartUploads"] } },
  "bucket-check": { READ: { bucket: ["ListBucket"] } },
};

/** The parts of a permission. */
function partsOf(permission: Permission): ("READ" | "WRITE")[] {
  return permission === "READWRITE" ? ["READ", "WRITE"] : [permission];
}

/** What these add in a folder, a whole bucket has by itself; and it has no name that is a key. */
const addNothingToWhole: readonly OperationGroup[] = ["folder", "uploads", "bucket-check"];

/**
 * The groups that add something to a permission, in the order of `operationGroups`.
 *
 * @param isWhole whether the scope is a whole bucket
 * @example groupsWithin("READ", ["tags", "folder", "uploads"]) // ["folder", "tags"]
 */
export function groupsWithin(
  permission: Permission,
  groups: readonly OperationGroup[],
  isWhole = false,
): OperationGroup[] {
  const parts = partsOf(permission);
  return operationGroups.filter(
    (group) =>
      groups.includes(group) &&
      !(isWhole && addNothingToWhole.includes(group)) &&
      parts.some((part) => operations[group][part] !== undefined),
  );
}

/** The actions of a permission and its groups at one place, each once, as policies name them. */
export function actionsAt(
  place: Place,
  permission: Permission,
  groups: readonly OperationGroup[] = [],
): string[] {
  const actions = partsOf(permission).flatMap((part) =>
    (["always", ...groups] as const).flatMap((group) => operations[group][part]?.[place] ?? []),
  );
  return [...new Set(actions)].map((action) => `s3:${action}`);
}
