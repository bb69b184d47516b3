import fc from "fast-check";
import { expect, test } from "vitest";
import { type OperationGroup, operationGroups, type Permission } from "../../shared/contract.ts";
import { intersectPolicy } from "../../shared/core/caller-policy.ts";
import { dialectOf } from "../../shared/core/dialect.ts";
import { VendError } from "../../shared/core/errors.ts";
import { groupsWithin } from "../../shared/core/operations.ts";
import { compilePolicy, mostPolicyCharacters, type PolicySetting } from "../../shared/core/policy.ts";
import { mergePrefixes } from "../../shared/core/prefix.ts";
import type { Scope } from "../../shared/core/scope.ts";
import { judge } from "./judge.ts";

// `npm test` takes the first; `npm run test:nightly` sets the second.
const numRuns = Number(process.env["KEYVEND_PROPERTY_RUNS"] ?? 2_000);

const bucket = "lake";
const kmsKeys = ["1234abcd", "5678efgh"].map((id) => `arn:aws:kms:eu-central-1:111122223333:key/${id}`);
const [firstKey = ""] = kmsKeys;
const s3 = "s3.eu-central-1.amazonaws.com";

const escaped = (text: string) => text.replace(/[$*?]/g, (wild) => `\${${wild}}`);

// Few letters, so that what is tried meets by chance.
const plain = fc.constantFrom("a", "b", "wh", "t1", "ab");
const special = fc.constantFrom("*", "?", "$", "a*", "${*}", "t?1", "${", "a b", "ÿ");
const segment = fc.oneof({ weight: 6, arbitrary: plain }, { weight: 1, arbitrary: special });

interface Words {
  segment: fc.Arbitrary<string>;
  dialect: PolicySetting["dialect"];
}
const onAws: Words = { segment, dialect: dialectOf("aws", true) };
const elsewhere: Words = { segment: plain, dialect: dialectOf("minio", false) };

const scopeOf = (words: Words): fc.Arbitrary<Scope> => {
  const folder = fc.oneof(
    { weight: 1, arbitrary: fc.constant("") },
    {
      weight: 7,
      arbitrary: fc
        .array(words.segment, { minLength: 1, maxLength: 3 })
        .map((names) => `${names.join("/")}/`),
    },
  );
  return fc
    .record({
      prefixes: fc.array(folder, { minLength: 1, maxLength: 3 }).map(mergePrefixes),
      permission: fc.constantFrom<Permission>("READ", "WRITE", "READWRITE"),
      also: fc.subarray<OperationGroup>([...operationGroups]),
    })
    .map((all) => ({ ...all, bucket, also: groupsWithin(all.permission, all.also, all.prefixes[0] === "") }));
};

const wildcard = fc.constantFrom("*", "?", "**", "*?", "?*", "*a", "a*", "?b", "*/*", "t?");

/** A glob over keys, often near a folder of the scope. */
const keyGlob = ({ prefixes }: Scope, words: Words): fc.Arbitrary<string> => {
  const literalSegment = words.segment.map(escaped);
  const anySegment = fc.oneof(
    { weight: 2, arbitrary: literalSegment },
    { weight: 1, arbitrary: wildcard },
    { weight: 1, arbitrary: fc.constant("") },
  );
  const tail = fc.array(anySegment, { maxLength: 3 }).map((names) => names.join("/"));
  const folder = fc.constantFrom(...prefixes).map(escaped);
  return fc.oneof(
    tail,
    fc.tuple(folder, tail).map(([prefix, end]) => prefix + end),
    fc.tuple(folder, wildcard).map(([prefix, wild]) => prefix + wild),
    fc.tuple(folder, tail).map(([prefix, end]) => `*/${prefix}${end}`),
    folder.map((prefix) => prefix.slice(0, -1)),
    // One segment of the folder becomes a wildcard.
    fc.tuple(folder, wildcard, fc.nat(3), tail).map(([prefix, wild, at, end]) =>
      prefix
        .split("/")
        .map((name, position) => (position === at ? wild : name))
        .join("/")
        .concat(end),
    ),
  );
};

const resource = (scope: Scope, words: Words): fc.Arbitrary<string> => {
  const where = fc.oneof(
    { weight: 8, arbitrary: fc.constant("arn:aws:s3:::lake") },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        "arn:aws:s3:::la*",
        "arn:aws:s3:::l?ke",
        "arn:aws:s3:::other",
        "arn:aws-cn:s3:::lake",
        "arn:aws:s3:::*:*",
      ),
    },
  );
  return fc.oneof(
    { weight: 6, arbitrary: fc.tuple(where, keyGlob(scope, words)).map(([arn, key]) => `${arn}/${key}`) },
    { weight: 3, arbitrary: where },
    { weight: 2, arbitrary: fc.constant("*") },
    { weight: 2, arbitrary: fc.constantFrom(firstKey, "arn:aws:kms:*:111122223333:key/*", "arn:aws:s3:::*") },
  );
};

const action = fc.constantFrom(
  ...["*", "s3:*", "s3:Get*", "s3:GetObject", "S3:getobject", "s3:PutObject", "s3:GetO*", "s3:PutO*"],
  ...["s3:DeleteO*", "s3:*Multipart*", "s3:List*", "s3:ListBucket", "s3:?etObject*", "s3:GetObjectVersion"],
  ...["s3:GetBucketLocation", "s3:ListBucketVersions", "kms:*", "kms:Decrypt", "kms:GenerateDataKey*"],
  ...["kms:DescribeKey", "glue:GetTable", "s3:PutObjectAcl"],
);

const someOf = <T>(one: fc.Arbitrary<T>, maxLength: number) =>
  fc.oneof(one, fc.array(one, { minLength: 1, maxLength }));

type ValueOf<A> = A extends fc.Arbitrary<infer T> ? T : never;
type Condition = Record<string, Record<string, unknown>>;

const onPrefix = (scope: Scope, words: Words, operators: string[]): fc.Arbitrary<Condition> =>
  fc
    .tuple(
      fc.subarray(operators, { minLength: 1, maxLength: 2 }),
      fc.constantFrom("s3:prefix", "S3:Prefix"),
      fc.array(someOf(fc.oneof(keyGlob(scope, words), fc.constant("*")), 3), {
        minLength: 2,
        maxLength: 2,
      }),
    )
    .map(([names, key, values]) =>
      Object.fromEntries(
        names.map((name, at) => {
          const texts = [values[at] ?? []].flat();
          // Where no escape is known, an equal text with a star in it is refused.
          const isRefused = name === "StringEquals" && !words.dialect.hasEscapes;
          return [name, { [key]: isRefused ? texts.map((text) => text.replace(/[*?]/g, "")) : texts }];
        }),
      ),
    );

const onKey = (scope: Scope, words: Words): fc.Arbitrary<Condition> =>
  fc
    .record(
      {
        "kms:ViaService": fc.constantFrom(s3, "s3.*.amazonaws.com", "ebs.*.amazonaws.com", "*"),
        "kms:EncryptionContext:aws:s3:arn": someOf(resource(scope, words), 3),
      },
      { requiredKeys: [] },
    )
    .filter((keys) => Object.keys(keys).length > 0)
    .map((keys) => ({ StringLike: keys }));

const likes = ["StringLike", "StringEquals"];
const statement = (scope: Scope, words: Words) => {
  const body = {
    Action: someOf(action, 4),
    Resource: someOf(resource(scope, words), 4),
  };
  const isAws = words.dialect.hasEscapes;
  const ofAllow = fc.oneof(
    { weight: 5, arbitrary: fc.constant(undefined) },
    { weight: 4, arbitrary: onPrefix(scope, words, likes) },
    { weight: 1, arbitrary: onKey(scope, words) },
  );
  const ofDeny = fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    {
      weight: 2,
      arbitrary: onPrefix(scope, words, isAws ? [...likes, "StringNotLike", "StringNotEquals"] : likes),
    },
    {
      weight: isAws ? 2 : 0,
      arbitrary: fc.constantFrom<Condition>(
        { Bool: { "aws:SecureTransport": false } },
        { Bool: { "aws:SecureTransport": "false" }, NotIpAddress: { "aws:SourceIp": ["192.0.2.0/24"] } },
        { StringNotEquals: { "aws:SourceVpce": "vpce-1" } },
      ),
    },
  );
  const withCondition = (Effect: string, Condition: fc.Arbitrary<Condition | undefined>) =>
    fc.record({ Effect: fc.constant(Effect), ...body, Condition }).map(({ Condition: when, ...rest }) => ({
      ...rest,
      ...(when && { Condition: when }),
    }));
  return fc.oneof(
    { weight: 4, arbitrary: withCondition("Allow", ofAllow) },
    { weight: 1, arbitrary: withCondition("Deny", ofDeny) },
  );
};
type CallersStatement = ValueOf<ReturnType<typeof statement>>;

const documentOf = (statements: readonly unknown[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

/** Everything that `*` and `?` may stand for here. */
const filledIn = (glob: string, run: string) =>
  glob.replace(/\$\{([*?$])\}|\*|\?/g, (found, literal?: string) => literal ?? (found === "*" ? run : "b"));

/** Keys near the folders and near what the caller's policy names. */
function keysNear({ prefixes }: Scope, statements: readonly CallersStatement[]): string[] {
  const fromPolicy = statements
    .flatMap(({ Resource, Condition }) => [
      [Resource].flat(),
      Object.values(Condition ?? {}).flatMap((keys) => Object.values(keys as object).flat()),
    ])
    .flat()
    .map((text) => String(text).replace(/^arn:[^/]*\//, ""));
  const runs = ["", "a", "/", "wh/", "a/b"];
  return [
    ...prefixes.flatMap((prefix) => [
      prefix,
      prefix.slice(0, -1),
      `${prefix}a`,
      `${prefix}wh/t1/b`,
      `a/${prefix}b`,
    ]),
    ...fromPolicy.flatMap((glob) => runs.map((run) => filledIn(glob, run))),
    ...fromPolicy.flatMap((glob, at) =>
      runs.slice(0, 3).map((run) => `${prefixes[at % prefixes.length]}${filledIn(glob, run)}`),
    ),
  ];
}

type Request = [action: string, resource: string, context: Record<string, string>];

const objectActions = [
  ...["GetObject", "PutObject", "DeleteObject", "AbortMultipartUpload", "ListMultipartUploadParts"],
  ...["GetObjectVersion", "PutObjectTagging", "PutObjectAcl"],
];
const arnOf = (name: string, key?: string) => `arn:aws:s3:::${name}${key === undefined ? "" : `/${key}`}`;

function requestsFor(key: string, around: Record<string, string>): Request[] {
  const object = arnOf(bucket, key);
  const encryption = { "kms:ViaService": s3, ...around };
  return [
    ...objectActions.map((name): Request => [`s3:${name}`, object, around]),
    ["s3:GetObject", arnOf("other", key), around],
    ["s3:GetObject", `arn:aws-cn:s3:::lake/${key}`, around],
    ["s3:ListBucket", arnOf(bucket), { "s3:prefix": key, ...around }],
    ["s3:ListBucketVersions", arnOf(bucket), { "s3:prefix": key, ...around }],
    ["s3:ListBucket", arnOf("other"), { "s3:prefix": key, ...around }],
    ["s3:ListBucket", arnOf(bucket), around],
    ["s3:ListBucketVersions", arnOf(bucket), around],
    ["s3:ListBucketMultipartUploads", arnOf(bucket), around],
    ["s3:GetBucketLocation", arnOf(bucket), around],
    ...[object, arnOf(bucket)].flatMap((context) =>
      ["kms:Decrypt", "kms:GenerateDataKey"].map(
        (name): Request => [name, firstKey, { ...encryption, "kms:EncryptionContext:aws:s3:arn": context }],
      ),
    ),
    ["kms:Decrypt", kmsKeys[1] ?? "", { ...encryption, "kms:EncryptionContext:aws:s3:arn": object }],
    ["kms:DescribeKey", firstKey, { ...encryption, "kms:EncryptionContext:aws:s3:arn": object }],
    ["kms:Decrypt", firstKey, { ...encryption, "kms:EncryptionContext:aws:s3:arn": arnOf("other", key) }],
    ["kms:Decrypt", firstKey, around],
  ];
}

/** Outside of AWS no policy may hold one. */
const withoutQuestionMarks = <Value>(value: Value): Value =>
  JSON.parse(JSON.stringify(value).replaceAll("?", "*"));

const caseOf = (words: Words) =>
  scopeOf(words).chain((scope) =>
    fc.record({
      scope: fc.constant(scope),
      dialect: fc.constant(words.dialect),
      statements: fc
        .array(statement(scope, words), { minLength: 1, maxLength: 5 })
        .map((all) => (words.dialect.hasEscapes ? all : withoutQuestionMarks(all))),
      kmsKeyArn: fc.constantFrom(undefined, firstKey, kmsKeys),
      // Where in the list of all keys the tried ones begin.
      spot: fc.nat(1000),
      around: fc.constantFrom<Record<string, string>>(
        {},
        { "aws:SecureTransport": "true", "aws:SourceIp": "192.0.2.7" },
        { "aws:SecureTransport": "false", "aws:SourceIp": "203.0.113.7" },
      ),
    }),
  );
const anyCase = fc.oneof(
  { weight: 3, arbitrary: caseOf(onAws) },
  { weight: 1, arbitrary: caseOf(elsewhere) },
);
type Case = ValueOf<typeof anyCase>;

const settingOf = ({ dialect, kmsKeyArn }: Case): PolicySetting => ({
  partition: "aws",
  region: "eu-central-1",
  dialect,
  ...(kmsKeyArn && { kmsKeyArn }),
});

/** The policy, or why there is none. Nothing that is tried here is malformed. */
function attempt(scope: Scope, setting: PolicySetting, policy: string): string | { refused: string } {
  try {
    return intersectPolicy(scope, setting, policy).policy;
  } catch (error) {
    const codes = ["no_grant", "policy_too_large"];
    if (error instanceof VendError && codes.includes(error.code)) return { refused: error.code };
    throw error;
  }
}

test("what is left allows what the grant and the policy both allow, and of keys no more than that", () => {
  const counts = { judged: 0, refused: 0, allowed: 0, keys: 0 };
  fc.assert(
    fc.property(anyCase, (one) => {
      const { scope, statements, spot, around } = one;
      const setting = settingOf(one);
      const policy = documentOf(statements);
      // Longer than STS takes: a test of its own.
      if (policy.length > mostPolicyCharacters) return;
      const result = attempt(scope, setting, policy);
      if (typeof result !== "string" && result.refused === "policy_too_large") return;
      const [byGrant, byPolicy] = [judge(compilePolicy(scope, setting)), judge(policy)];
      const byResult = typeof result === "string" ? judge(result) : () => false;
      counts[typeof result === "string" ? "judged" : "refused"]++;
      const keys = keysNear(scope, statements);
      const tried = Array.from({ length: 3 }, (_, at) => keys[(spot + at * 7) % keys.length] ?? "");
      for (const request of tried.flatMap((key) => requestsFor(key, around))) {
        const [action] = request;
        const [expected, actual] = [byGrant(...request) && byPolicy(...request), byResult(...request)];
        const isOnKey = action.startsWith("kms:");
        if (actual) counts[isOnKey ? "keys" : "allowed"]++;
        if (typeof result !== "string" && action === "s3:GetBucketLocation") continue;
        if (isOnKey ? actual && !expected : actual !== expected)
          throw new Error(
            `${request.map((part) => JSON.stringify(part)).join(" ")}: ${actual} by ${JSON.stringify(result)}`,
          );
      }
    }),
    { numRuns },
  );
  if (process.env["KEYVEND_COUNTS"]) console.info(counts);
  // The cases are of use: many have a result, many have none, and what is left allows something.
  expect(counts.judged).toBeGreaterThan(numRuns / 3);
  expect(counts.refused).toBeGreaterThan(numRuns / 20);
  expect(counts.allowed).toBeGreaterThan(numRuns);
  expect(counts.keys).toBeGreaterThan(numRuns / 20);
});

const shuffled = <T>(all: readonly T[]) => fc.shuffledSubarray([...all], { minLength: all.length });

/** The same policy in other words: order, single elements as lists, Sids. */
const inOtherWords = (value: unknown): fc.Arbitrary<unknown> => {
  if (Array.isArray(value)) return fc.tuple(...value.map(inOtherWords)).chain((members) => shuffled(members));
  if (typeof value !== "object" || value === null)
    return typeof value === "string" ? fc.constantFrom(value, value) : fc.constant(value);
  return fc
    .tuple(...Object.entries(value).map(([name, member]) => inOtherWords(member).map((one) => [name, one])))
    .chain((members) => shuffled(members))
    .map((members) => Object.fromEntries(members as [string, unknown][]));
};

test("the order of a policy's statements, members and lists does not show in the result", () => {
  const pairs = anyCase.chain((one) =>
    fc.tuple(
      fc.constant(one),
      inOtherWords(one.statements).map((statements) => statements as { Effect: string }[]),
    ),
  );
  let compared = 0;
  fc.assert(
    fc.property(pairs, ([one, others]) => {
      const [policy, other] = [
        documentOf(one.statements),
        documentOf(others.map((all, at) => ({ Sid: `S${at}`, ...all }))),
      ];
      if (other.length > mostPolicyCharacters) return;
      const setting = settingOf(one);
      const result = attempt(one.scope, setting, policy);
      expect(attempt(one.scope, setting, other)).toEqual(result);
      if (typeof result === "string") compared++;
    }),
    { numRuns },
  );
  expect(compared).toBeGreaterThan(numRuns / 3);
});

test("the result of a result is the same: it is within the grant, and in its smallest form", () => {
  fc.assert(
    fc.property(anyCase, (one) => {
      const policy = documentOf(one.statements);
      const setting = settingOf(one);
      const result = policy.length > mostPolicyCharacters ? undefined : attempt(one.scope, setting, policy);
      if (typeof result === "string") expect(attempt(one.scope, setting, result)).toBe(result);
    }),
    { numRuns },
  );
});
