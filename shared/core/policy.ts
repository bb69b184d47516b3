import type { Permission } from "../contract.ts";
import type { Dialect } from "./dialect.ts";
import { VendError } from "./errors.ts";
import { mergePrefixes } from "./prefix.ts";
import { permits, type Scope } from "./scope.ts";

/** The longest session policy that STS takes, in characters or bytes of its JSON. */
export const mostPolicyCharacters = 2048;

/** What of a storage its policies depend on; every storage has this shape. */
export interface PolicySetting {
  /** `aws`, `aws-cn`, `aws-us-gov`; stores that are not AWS expect `aws`. */
  partition: string;
  region: string;
  /** The key that encrypts the objects, where clients need to use it. */
  kmsKeyArn?: string;
  dialect: Dialect;
}

interface Statement {
  Effect: "Allow";
  Action: string[];
  Resource: string[];
  Condition?: Record<string, Record<string, string[]>>;
}

/**
 * Compiles a scope to an IAM session policy: minified JSON that allows what the scope says and nothing else.
 *
 * What is left out on purpose: versions (a reader sees what is there, a writer cannot destroy what was), ACLs and tags
 * (they can open an object to others), and for a scope narrower than its bucket `HeadBucket` and the list of multipart
 * uploads (both are authorised without a prefix, and so would tell of other folders).
 *
 * @throws VendError `not_scopable` where no policy can say it, `policy_too_large` beyond 2,048 characters (outside of AWS:
 * bytes), `internal` for a scope that is none: no statement would mean no policy, and that the role's full rights.
 * @example compilePolicy({ bucket: "lake", prefixes: ["t1/"], permission: "READ" }, storage)
 */
export function compilePolicy(scope: Scope, setting: PolicySetting): string {
  const prefixes = mergePrefixes(scope.prefixes);
  assertScope(scope.bucket, prefixes);
  const { dialect } = setting;
  assertExpressible(prefixes, dialect);

  const bucket = `arn:${literal(setting.partition)}:s3:::${literal(scope.bucket)}`;
  const folders = prefixes.map((prefix) => `${literal(prefix)}*`);
  const objects = folders.map((folder) => `${bucket}/${folder}`);
  const statements = [
    allow(objectActions(scope.permission), objects),
    ...(prefixes[0] === ""
      ? [allow(bucketActions(scope.permission), [bucket])]
      : folderStatements(scope.permission, bucket, folders)),
    ...keyStatements(scope.permission, setting, [bucket, ...objects]),
  ];
  const policy = JSON.stringify({ Version: "2012-10-17", Statement: statements });
  const size = dialect.unit === "bytes" ? bytesOf(policy) : policy.length;
  if (size > mostPolicyCharacters) throw tooLarge(size, dialect.unit, prefixes.length);
  return policy;
}

function allow(actions: string[], resources: string[], condition?: Statement["Condition"]): Statement {
  const statement: Statement = { Effect: "Allow", Action: actions, Resource: resources };
  return condition === undefined ? statement : { ...statement, Condition: condition };
}

function objectActions(permission: Permission): string[] {
  return [
    ...(permits(permission, "READ") ? ["s3:GetObject"] : []),
    // `PutObject` covers every step of a multipart upload but aborting it and listing its parts.
    ...(permits(permission, "WRITE")
      ? ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
      : []),
  ];
}

function bucketActions(permission: Permission): string[] {
  return [
    "s3:GetBucketLocation",
    ...(permits(permission, "READ") ? ["s3:ListBucket"] : []),
    ...(permits(permission, "WRITE") ? ["s3:ListBucketMultipartUploads"] : []),
  ];
}

/**
 * The location is allowed because some clients insist, and tells no more than the region in our own answer. It needs a
 * statement of its own: its requests carry no prefix. A list without `s3:prefix` fails the condition, as does `t1`,
 * which would list `t10` as well. S3 judges a HEAD of a missing key by the same condition, with the key as the prefix.
 */
function folderStatements(permission: Permission, bucket: string, folders: string[]): Statement[] {
  const location = allow(["s3:GetBucketLocation"], [bucket]);
  if (!permits(permission, "READ")) return [location];
  return [location, allow(["s3:ListBucket"], [bucket], { StringLike: { "s3:prefix": folders } })];
}

/**
 * The key is of use through S3 only, and there for these objects. S3 names the object in the encryption context, or the
 * bucket where that has a bucket key; which objects are reached is then up to the S3 statements alone. A writer must decrypt
 * too: completing a multipart upload reads the parts. The service's name ends in `.amazonaws.com` in every partition.
 */
function keyStatements(permission: Permission, setting: PolicySetting, contexts: string[]): Statement[] {
  if (setting.kmsKeyArn === undefined) return [];
  const actions = ["kms:Decrypt", ...(permits(permission, "WRITE") ? ["kms:GenerateDataKey"] : [])];
  return [
    allow(actions, [literal(setting.kmsKeyArn)], {
      StringEquals: { "kms:ViaService": [`s3.${literal(setting.region)}.amazonaws.com`] },
      StringLike: { "kms:EncryptionContext:aws:s3:arn": contexts },
    }),
  ];
}

/**
 * The text as IAM reads it literally. In one pass: an escape brings a `$` along, which must not be escaped again.
 */
function literal(text: string): string {
  return text.replace(/[$*?]/g, (character) => `\${${character}}`);
}

/** The last door: a `Scope` that did not come through the parsers must not become a wider policy. */
function assertScope(bucket: string, prefixes: readonly string[]): void {
  if (bucket === "" || bucket.includes("/")) throw new VendError("internal", "A scope needs a bucket.");
  if (prefixes.length === 0) throw new VendError("internal", "A scope needs a prefix.");
  if (prefixes.some((prefix) => prefix !== "" && !prefix.endsWith("/")))
    throw new VendError("internal", "A prefix of a scope must end in a slash.");
}

function assertExpressible(prefixes: readonly string[], dialect: Dialect): void {
  const all = prefixes.join("");
  if (!(dialect.hasAllCharacters ? /^[^\p{Cc}\p{Cs}]*$/u : /^[\u0020-\u00ff]*$/).test(all))
    throw new VendError(
      "not_scopable",
      "This prefix cannot be enforced: session policies hold no control characters and none beyond U+00FF.",
    );
  if (/[$*?]/.test(all) && !dialect.hasEscapes)
    throw new VendError(
      "not_scopable",
      "This prefix cannot be enforced: outside of AWS, policies take *, ? and $ for wildcards and variables.",
    );
}

/** MinIO counts what Go writes of the policy after reading it, where each of these characters is an escape of six. */
function bytesOf(policy: string): number {
  return new TextEncoder().encode(policy.replace(/[&<>\u2028\u2029]/g, "\\u0000")).length;
}

function tooLarge(size: number, unit: Dialect["unit"], prefixes: number): VendError {
  const excess = size - mostPolicyCharacters;
  return new VendError(
    "policy_too_large",
    `The session policy for ${prefixes === 1 ? "this prefix" : `these ${prefixes} prefixes`} is ${excess} ${unit} ` +
      `longer than the ${mostPolicyCharacters} that STS takes. Ask for fewer or shorter prefixes, or for a folder above them.`,
  );
}
