import fc from "fast-check";
import { test } from "vitest";
import type { Permission } from "../../shared/contract.ts";
import { dialectOf } from "../../shared/core/dialect.ts";
import { compilePolicy } from "../../shared/core/policy.ts";
import { narrow, type Scope } from "../../shared/core/scope.ts";
import { judge } from "./judge.ts";

// `npm test` takes the first; `npm run test:nightly` sets the second.
const numRuns = Number(process.env["KEYVEND_PROPERTY_RUNS"] ?? 2_000);

const kmsKeyArn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd";
const setting = { partition: "aws", region: "eu-central-1", kmsKeyArn, dialect: dialectOf("aws", true) };

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
const scope: fc.Arbitrary<Scope> = fc.record({
  bucket,
  prefixes: fc.array(folder, { minLength: 1, maxLength: 2 }),
  permission,
});

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
function expectations({ bucket, prefixes, permission }: Scope, key: string) {
  const reads = permission !== "WRITE";
  const writes = permission !== "READ";
  const inside = prefixes.some((prefix) => key.startsWith(prefix));
  const whole = prefixes.includes("");
  const arn = `arn:aws:s3:::${bucket}`;
  const object = `${arn}/${key}`;
  const listing = { "s3:prefix": key };
  const encryption = (context: string) => ({
    "kms:ViaService": "s3.eu-central-1.amazonaws.com",
    "kms:EncryptionContext:aws:s3:arn": context,
  });
  return [
    ["s3:GetObject", object, {}, reads && inside],
    ["s3:PutObject", object, {}, writes && inside],
    ["s3:DeleteObject", object, {}, writes && inside],
    ["s3:AbortMultipartUpload", object, {}, writes && inside],
    ["s3:ListMultipartUploadParts", object, {}, writes && inside],
    ["s3:ListBucket", arn, listing, reads && inside],
    ["s3:ListBucket", arn, {}, reads && whole],
    ["s3:ListBucketMultipartUploads", arn, listing, writes && whole],
    ["s3:ListBucketMultipartUploads", arn, {}, writes && whole],
    ["s3:GetBucketLocation", arn, {}, true],
    ["kms:Decrypt", kmsKeyArn, encryption(object), inside],
    ["kms:GenerateDataKey", kmsKeyArn, encryption(object), writes && inside],
    ["kms:Decrypt", kmsKeyArn, {}, false],
    ["s3:GetObject", `arn:aws:s3:::other/${key}`, {}, false],
    ["s3:PutObject", `arn:aws:s3:::${bucket}x/${key}`, {}, false],
    ["s3:ListBucket", "arn:aws:s3:::other", listing, false],
    ["s3:PutObjectAcl", object, {}, false],
    ["s3:DeleteObjectVersion", object, {}, false],
    ["s3:PutBucketPolicy", arn, {}, false],
    ["s3:ListAllMyBuckets", "*", {}, false],
    ["sts:AssumeRole", "arn:aws:iam::111122223333:role/other", {}, false],
  ] as const;
}

test("a policy allows exactly what its scope says", () => {
  fc.assert(
    fc.property(scopeAndKey, ([within, key]) => {
      const may = judge(compilePolicy(within, setting));
      for (const [action, resource, context, expected] of expectations(within, key))
        if (may(action, resource, context) !== expected)
          throw new Error(`${action} on ${resource} ${JSON.stringify(context)} should be ${expected}`);
    }),
    { numRuns },
  );
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
      const before = judge(compilePolicy(granted, setting));
      const after = judge(compilePolicy(narrowed.scope, setting));
      for (const [action, resource, context] of expectations(granted, key))
        if (after(action, resource, context) && !before(action, resource, context))
          throw new Error(`${action} on ${resource} ${JSON.stringify(context)} was not granted`);
    }),
    { numRuns },
  );
});
