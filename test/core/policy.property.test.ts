import fc from "fast-check";
import { expect, test } from "vitest";
import { type OperationGroup, operationGroups, type Permission } from "../../shared/contract.ts";
import { dialectOf, stores } from "../../shared/core/dialect.ts";
import { VendError } from "../../shared/core/errors.ts";
import { groupsWithin } from "../../shared/core/operations.ts";
import { compilePolicy } from "../../shared/core/policy.ts";
import { mergePrefixes } from "../../shared/core/prefix.ts";
import { covers, narrow, type Scope } from "../../shared/core/scope.ts";
import { judge } from "./judge.ts";

// `npm test` takes the first; `npm run test:nightly` sets the second.
const numRuns = Number(process.env["KEYVEND_PROPERTY_RUNS"] ?? 2_000);

/** A place with two keys, of which policies have none, one or both. */
const placeIn = ([partition, region]: readonly [string, string], keys: "none" | "one" | "both" = "both") => {
  const [kmsKey = "", otherKey = ""] = ["1234abcd", "5678efgh"].map(
    (id) => `arn:${partition}:kms:${region}:111122223333:key/${id}`,
  );
  return { partition, region, keys, kmsKey, otherKey };
};
type Place = ReturnType<typeof placeIn>;
const usual = placeIn(["aws", "eu-central-1"]);
const anyPlace = fc
  .tuple(
    fc.constantFrom<[string, string]>(
      ["aws", "eu-central-1"],
      ["aws-cn", "cn-north-1"],
      ["aws-us-gov", "us-gov-west-1"],
      ["aws-eusc", "eusc-de-east-1"],
    ),
    fc.constantFrom("none" as const, "one" as const, "both" as const),
  )
  .map(([where, keys]) => placeIn(where, keys));
const onAws = dialectOf("aws", true);
const anyDialect = fc.oneof(
  { weight: 2, arbitrary: fc.constant(onAws) },
  { weight: 1, arbitrary: fc.constantFrom(...stores).map((store) => dialectOf(store, false)) },
);

const piece = fc.oneof(
  fc.constantFrom(..."*?${}/'\"\\ÿ\u00a0:.% aA1"),
  fc.constantFrom("${aws:username}", "${*}", "${?}", "${$}", "${", "$$", "t1", "..", "%2f"),
);
const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""));
const folder = fc.oneof(
  { weight: 1, arbitrary: fc.constant("") },
  { weight: 9, arbitrary: text.map((name) => `${name}/`) },
);
const bucket = fc.constantFrom("lake", "lake-2", "a.b", "x".repeat(63));
const permission = fc.constantFrom<Permission>("READ", "WRITE", "READWRITE");
const groups = fc.subarray<OperationGroup>([...operationGroups]);
const scope: fc.Arbitrary<Scope> = fc
  .record({ bucket, prefixes: fc.array(folder, { minLength: 1, maxLength: 2 }), permission, also: groups })
  // The parser of grants lets no group stand beside a permission that it adds nothing to; `narrow` drops them.
  .map((all) => ({ ...all, also: groupsWithin(all.permission, all.also) }));

const escaped = (name: string) => name.replace(/[$*?]/g, (wild) => `\${${wild}}`);
const expanded = (name: string, run: string) =>
  name
    .replaceAll("${aws:username}", "alice")
    .replaceAll(/\$\{([*?$])\}/g, "$1")
    .replaceAll("?", "x")
    .replaceAll("*", run);

/** Keys in the folder, and keys that a faulty compiler would take for keys in the folder. */
function neighbours(prefix: string, tail: string, at: number): string[] {
  const name = prefix.slice(0, -1);
  const spot = at % (prefix.length + 1);
  return [
    prefix + tail,
    prefix,
    name,
    name + tail,
    `${name}0/${tail}`,
    name.slice(0, name.lastIndexOf("/") + 1) + tail,
    `/${prefix}${tail}`,
    tail + prefix,
    prefix.toUpperCase() + tail,
    prefix.toLowerCase() + tail,
    `${prefix.slice(0, spot)}x${prefix.slice(spot + 1)}${tail}`,
    prefix.slice(0, spot) + prefix.slice(spot + 1) + tail,
    `${prefix.slice(0, spot)}${tail}${prefix.slice(spot)}`,
    escaped(prefix) + tail,
    expanded(prefix, tail) + tail,
    prefix.replaceAll("*", tail) + tail,
    prefix.replaceAll(/[${}]/g, "") + tail,
    prefix.replaceAll("/", "\\") + tail,
    JSON.stringify(prefix).slice(1, -1) + tail,
    encodeURIComponent(prefix) + tail,
    prefix.normalize("NFD") + tail,
  ];
}

const tail = fc.oneof(text, fc.string({ unit: "grapheme", maxLength: 4 }));
const keyNear = ({ prefixes }: Scope) =>
  fc.oneof(
    { weight: 1, arbitrary: tail },
    {
      weight: 9,
      arbitrary: fc
        .tuple(fc.constantFrom(...prefixes), tail, fc.nat(40))
        .chain(([prefix, end, at]) => fc.constantFrom(...neighbours(prefix, end, at))),
    },
  );
const scopeAndKey = scope.chain((within) => fc.tuple(fc.constant(within), keyNear(within)));

/** The meaning of a scope as a table. Nothing here knows how the compiler works. */
function expectations(
  { bucket, prefixes, permission, also = [] }: Scope,
  key: string,
  { partition, region, keys, kmsKey, otherKey }: Place = usual,
) {
  const reads = permission !== "WRITE";
  const writes = permission !== "READ";
  const has = (group: OperationGroup) => also.includes(group);
  const inside = prefixes.some((prefix) => key.startsWith(prefix));
  const isName = !prefixes.includes("") && prefixes.some((prefix) => `${key}/` === prefix);
  const named = has("folder") && isName;
  // The key may be used for an object that may be read or written; which of both is up to the S3 statements.
  const encrypts = inside || (reads && named);
  const whole = prefixes.includes("");
  const arn = `arn:${partition}:s3:::${bucket}`;
  const foreign = partition === "aws" ? "aws-iso" : "aws";
  const object = `${arn}/${key}`;
  const listing = { "s3:prefix": key };
  const encryption = (context: string) => ({
    "kms:ViaService": `s3.${region}.amazonaws.com`,
    "kms:EncryptionContext:aws:s3:arn": context,
  });
  return [
    ["s3:GetObject", object, {}, reads && (inside || named)],
    ["s3:PutObject", object, {}, writes && inside],
    ["s3:DeleteObject", object, {}, writes && inside],
    ["s3:AbortMultipartUpload", object, {}, writes && inside],
    ["s3:ListMultipartUploadParts", object, {}, writes && inside],
    ["s3:GetObjectVersion", object, {}, reads && inside && has("versions")],
    ["s3:DeleteObjectVersion", object, {}, writes && inside && has("delete-versions")],
    ["s3:GetObjectTagging", object, {}, reads && inside && has("tags")],
    ["s3:PutObjectTagging", object, {}, writes && inside && has("tags")],
    ["s3:GetObjectAttributes", object, {}, reads && inside && has("attributes")],
    ["s3:GetObjectRetention", object, {}, reads && inside && has("retention")],
    ["s3:GetObjectLegalHold", object, {}, reads && inside && has("retention")],
    ["s3:PutObjectRetention", object, {}, writes && inside && has("retention")],
    ["s3:PutObjectLegalHold", object, {}, writes && inside && has("retention")],
    ["s3:RestoreObject", object, {}, writes && inside && has("restore")],
    ["s3:ListBucket", arn, listing, reads && (inside || named || has("bucket-check"))],
    ["s3:ListBucket", arn, {}, reads && (whole || has("bucket-check"))],
    ["s3:ListBucketVersions", arn, listing, reads && inside && has("versions")],
    ["s3:ListBucketVersions", arn, {}, reads && whole && has("versions")],
    ["s3:ListBucketMultipartUploads", arn, listing, writes && (whole || has("uploads"))],
    ["s3:ListBucketMultipartUploads", arn, {}, writes && (whole || has("uploads"))],
    ["s3:GetBucketLocation", arn, {}, true],
    ["kms:Decrypt", kmsKey, encryption(object), encrypts && keys !== "none"],
    ["kms:Decrypt", otherKey, encryption(object), encrypts && keys === "both"],
    ["kms:GenerateDataKey", kmsKey, encryption(object), writes && encrypts && keys !== "none"],
    ["kms:Decrypt", kmsKey, {}, false],
    ["s3:GetObject", `arn:${partition}:s3:::other/${key}`, {}, false],
    ["s3:GetObject", `arn:${foreign}:s3:::${bucket}/${key}`, {}, false],
    ["s3:PutObject", `arn:${partition}:s3:::${bucket}x/${key}`, {}, false],
    ["s3:ListBucket", `arn:${partition}:s3:::other`, listing, false],
    ["s3:ListBucket", `arn:${foreign}:s3:::${bucket}`, listing, false],
    ["s3:PutObjectAcl", object, {}, false],
    ["s3:GetObjectAcl", object, {}, false],
    ["s3:PutObjectVersionAcl", object, {}, false],
    ["s3:BypassGovernanceRetention", object, {}, false],
    ["s3:DeleteObjectTagging", object, {}, false],
    ["s3:PutBucketPolicy", arn, {}, false],
    ["s3:ListAllMyBuckets", "*", {}, false],
    ["sts:AssumeRole", "arn:aws:iam::111122223333:role/other", {}, false],
  ] as const;
}

/** `undefined` where no policy is short enough, or the dialect has no words for it. */
function compile(within: Scope, { partition, region, keys, ...of }: Place = usual, dialect = onAws) {
  const kmsKeyArn = { none: undefined, one: of.kmsKey, both: [of.kmsKey, of.otherKey] }[keys];
  try {
    return compilePolicy(within, { partition, region, dialect, ...(kmsKeyArn && { kmsKeyArn }) });
  } catch (error) {
    const isExpected = (code: string) => code === "policy_too_large" || code === "not_scopable";
    if (error instanceof VendError && isExpected(error.code)) return undefined;
    throw error;
  }
}

test("a policy allows exactly what its scope says", () => {
  let judged = 0;
  fc.assert(
    fc.property(scopeAndKey, anyPlace, anyDialect, ([within, key], place, dialect) => {
      const policy = compile(within, place, dialect);
      if (policy === undefined) return;
      judged++;
      const may = judge(policy);
      for (const [action, resource, context, expected] of expectations(within, key, place))
        if (may(action, resource, context) !== expected)
          throw new Error(`${action} on ${resource} ${JSON.stringify(context)} should be ${expected}`);
    }),
    { numRuns },
  );
  // Most of what is tried can be said.
  expect(judged).toBeGreaterThan(numRuns / 2);
});

test("a scope is never more than its grant", () => {
  const wish = (granted: Scope) =>
    fc.record(
      {
        targets: fc.array(
          fc.record({
            bucket: fc.oneof(
              { weight: 9, arbitrary: fc.constant(granted.bucket) },
              { weight: 1, arbitrary: bucket },
            ),
            prefix: fc.oneof(
              folder,
              keyNear(granted).map((key) => `${key.replaceAll(/[^ -\u00ff]/g, "")}/`),
            ),
          }),
          { maxLength: 2 },
        ),
        permission,
      },
      { requiredKeys: [] },
    );
  const cases = scopeAndKey.chain(([granted, key]) =>
    fc.tuple(fc.constant(granted), wish(granted), fc.oneof(fc.constant(key), keyNear(granted))),
  );
  fc.assert(
    fc.property(cases, ([granted, asked, key]) => {
      const narrowed = narrow(granted, asked);
      if (!narrowed.ok) return;
      const [whole, part] = [compile(granted), compile(narrowed.scope)];
      if (whole === undefined || part === undefined) return;
      const [before, after] = [judge(whole), judge(part)];
      for (const [action, resource, context] of expectations(granted, key))
        if (after(action, resource, context) && !before(action, resource, context))
          throw new Error(`${action} on ${resource} ${JSON.stringify(context)} was not granted`);
    }),
    { numRuns },
  );
});

test("a scope that covers another allows all that the other does", () => {
  const near = (one: Scope) =>
    fc.record({
      bucket: fc.constant(one.bucket),
      prefixes: fc.oneof(
        fc.constant(one.prefixes),
        fc.array(
          keyNear(one).map((key) => `${key.replaceAll(/[^ -\u00ff]/g, "")}/`),
          { minLength: 1, maxLength: 2 },
        ),
      ),
      permission,
      also: groups,
    });
  const cases = scopeAndKey.chain(([one, key]) =>
    fc.tuple(fc.constant(one), near(one), fc.oneof(fc.constant(key), keyNear(one))),
  );
  let covered = 0;
  fc.assert(
    fc.property(cases, ([wide, wish, key]) => {
      const other = {
        ...wish,
        prefixes: mergePrefixes(wish.prefixes),
        also: groupsWithin(wish.permission, wish.also),
      };
      if (!covers({ ...wide, prefixes: mergePrefixes(wide.prefixes) }, other)) return;
      const [whole, part] = [compile(wide), compile(other)];
      if (whole === undefined || part === undefined) return;
      covered++;
      const [outer, inner] = [judge(whole), judge(part)];
      for (const [action, resource, context] of expectations(other, key))
        if (inner(action, resource, context) && !outer(action, resource, context))
          throw new Error(`${action} on ${resource} ${JSON.stringify(context)} is not covered`);
    }),
    { numRuns },
  );
  expect(covered).toBeGreaterThan(numRuns / 50);
});
