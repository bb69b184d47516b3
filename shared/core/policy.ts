import type { Permission } from "../contract.ts";
import type { Dialect } from "./dialect.ts";
import { VendError } from "./errors.ts";
import { actionsAt, type Place } from "./operations.ts";
import { mergePrefixes } from "./prefix.ts";
import { permits, type Scope } from "./scope.ts";

/** The longest session policy that STS takes, in characters or bytes of its JSON. */
export const mostPolicyCharacters = 2048;

/** What of a storage its policies depend on; every storage has this shape. */
export interface PolicySetting {
  /** `aws`, `aws-cn` and so on; stores that are not AWS expect `aws`. */
  partition: string;
  region: string;
  /** The keys that encrypt the objects, where clients need to use them. */
  kmsKeyArn?: string | readonly string[];
  dialect: Dialect;
}

/** A statement of a policy; its texts are written as IAM reads them. */
export interface Statement {
  Effect: "Allow" | "Deny";
  Action: readonly string[];
  Resource: readonly string[];
  Condition?: Record<string, Record<string, readonly string[]>>;
}

/**
 * Compiles a scope to an IAM session policy: minified JSON that allows what the scope says and nothing else. What that is,
 * operation by operation, stands in `operations.ts`. Never among it: ACLs, which open an object to others, and the right to
 * bypass a retention.
 *
 * @throws VendError `not_scopable` where no policy can say it, `policy_too_large` beyond 2,048 characters (outside of AWS:
 * bytes), `internal` for a scope that is none: no statement would mean no policy, and that the role's full rights.
 * @example compilePolicy({ bucket: "lake", prefixes: ["t1/"], permission: "READ" }, storage)
 */
export function compilePolicy(scope: Scope, setting: PolicySetting): string {
  const count = mergePrefixes(scope.prefixes).length;
  const subject = count === 1 ? "this prefix" : `these ${count} prefixes`;
  return writePolicy(statementsOf(scope, setting), setting.dialect, subject);
}

/**
 * What `compilePolicy` writes for a scope. Each resource, prefix and context is a name, or all that begins with one.
 *
 * @throws VendError as `compilePolicy` does, but not for a length.
 * @example statementsOf({ bucket: "lake", prefixes: ["t1/"], permission: "READ" }, storage)[0]?.Action // ["s3:GetObject"]
 */
export function statementsOf(scope: Scope, setting: PolicySetting): Statement[] {
  const prefixes = mergePrefixes(scope.prefixes);
  assertScope(scope.bucket, prefixes);
  const { dialect } = setting;
  assertExpressible(prefixes, dialect);

  const { permission, also } = scope;
  const actionsIn = (place: Place) => actionsAt(place, permission, also);
  const bucket = bucketArn(scope, setting);
  const isWhole = prefixes[0] === "";
  const folders = prefixes.map((prefix) => `${literal(prefix)}*`);
  const names = isWhole ? [] : prefixes.map((prefix) => literal(prefix.slice(0, -1)));
  const arns = (keys: string[]) => keys.map((key) => `${bucket}/${key}`);
  const onBucket = new Set([
    ...actionsIn("bucket"),
    ...(isWhole ? [...actionsIn("list"), ...actionsIn("whole")] : []),
  ]);
  // A list without `s3:prefix` fails the condition, as does `t1`, which would list `t10` as well.
  const ofLists = (place: Place) => actionsIn(place).filter((action) => !onBucket.has(action));
  return [
    ...together([actionsIn("object"), arns(folders)], [actionsIn("name"), arns(names)]).map(
      ([Action, Resource]): Statement => ({ Effect: "Allow", Action, Resource }),
    ),
    { Effect: "Allow", Action: [...onBucket], Resource: [bucket] },
    ...together([ofLists("list"), folders], [ofLists("nameAsPrefix"), names]).map(
      ([Action, values]): Statement => ({
        Effect: "Allow",
        Action,
        Resource: [bucket],
        Condition: { StringLike: { "s3:prefix": values } },
      }),
    ),
    ...keyStatements(permission, setting, [
      bucket,
      ...arns(folders),
      ...(actionsIn("name").length > 0 ? arns(names) : []),
    ]),
  ];
}

/**
 * The JSON of a policy, as short as its dialect lets it be.
 *
 * @param subject what the policy is for, as a refusal says it
 * @throws VendError `policy_too_large` beyond what STS takes
 * @example writePolicy(statementsOf(scope, storage), storage.dialect, "this prefix").length // 214
 */
export function writePolicy(statements: readonly Statement[], dialect: Dialect, subject: string): string {
  // A list of one is as good as its element, and longer. Stores other than AWS were seen to count it all the same.
  const shortest = (_: string, value: unknown) =>
    Array.isArray(value) && value.length === 1 && typeof value[0] === "string" ? value[0] : value;
  const policy = JSON.stringify(
    { Version: "2012-10-17", Statement: statements },
    dialect.unit === "bytes" ? undefined : shortest,
  );
  const size = dialect.unit === "bytes" ? bytesOf(policy) : policy.length;
  if (size > mostPolicyCharacters) throw tooLarge(size, dialect.unit, subject);
  return policy;
}

/**
 * The ARN of a scope's bucket, as IAM reads it.
 *
 * @example bucketArn({ bucket: "lake" }, storage) // "arn:aws:s3:::lake"
 */
export function bucketArn({ bucket }: Pick<Scope, "bucket">, { partition }: PolicySetting): string {
  return `arn:${literal(partition)}:s3:::${literal(bucket)}`;
}

type Part = [actions: string[], values: string[]];

/** Both parts, or one where the same may be done in folders and with their names: so every folder and name stands once. */
function together(inFolders: Part, withNames: Part): Part[] {
  const [[actions, folders], [others, names]] = [inFolders, withNames];
  const parts: Part[] =
    actions.join() === others.join() ? [[actions, [...folders, ...names]]] : [inFolders, withNames];
  return parts.filter((part) => part.every((list) => list.length > 0));
}

/**
 * The key is of use through S3 only, and there for these objects. S3 names the object in the encryption context, or the
 * bucket where that has a bucket key; which objects are reached is then up to the S3 statements alone. A writer must decrypt
 * too: completing a multipart upload reads the parts. That the service's name ends in `.amazonaws.com` outside of the partition
 * `aws` too is by documentation only.
 */
function keyStatements(permission: Permission, setting: PolicySetting, contexts: string[]): Statement[] {
  if (setting.kmsKeyArn === undefined) return [];
  return [
    {
      Effect: "Allow",
      Action: ["kms:Decrypt", ...(permits(permission, "WRITE") ? ["kms:GenerateDataKey"] : [])],
      Resource: [setting.kmsKeyArn].flat().map(literal),
      Condition: {
        StringEquals: { "kms:ViaService": [`s3.${literal(setting.region)}.amazonaws.com`] },
        StringLike: { "kms:EncryptionContext:aws:s3:arn": contexts },
      },
    },
  ];
}

/**
 * The text as IAM reads it literally. In one pass: an escape brings a `$` along, which must not be escaped again.
 *
 * @example literal("t*") // "t${*}"
 */
export function literal(text: string): string {
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

function tooLarge(size: number, unit: Dialect["unit"], subject: string): VendError {
  const excess = size - mostPolicyCharacters;
  return new VendError(
    "policy_too_large",
    `The session policy for ${subject} is ${excess} ${unit} ` +
      `longer than the ${mostPolicyCharacters} that STS takes. Ask for fewer or shorter prefixes, or for a folder above them.`,
  );
}
