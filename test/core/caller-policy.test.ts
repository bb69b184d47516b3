import { describe, expect, test } from "vitest";
import { intersectPolicy } from "../../shared/core/caller-policy.ts";
import { dialectOf } from "../../shared/core/dialect.ts";
import { VendError } from "../../shared/core/errors.ts";
import { compilePolicy, mostPolicyCharacters, type PolicySetting } from "../../shared/core/policy.ts";
import type { Scope } from "../../shared/core/scope.ts";
import { catalogs, policyOf } from "./caller-policies.ts";
import { judge } from "./judge.ts";

const setting: PolicySetting = {
  partition: "aws",
  region: "eu-central-1",
  dialect: dialectOf("aws", true),
};
const minio: PolicySetting = { ...setting, dialect: dialectOf("minio", false) };
const key = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const lake = "arn:aws:s3:::lake";
const grant = (overrides: Partial<Scope> = {}): Scope => ({
  bucket: "lake",
  prefixes: ["wh/"],
  permission: "READWRITE",
  ...overrides,
});

type Body = Record<string, unknown>;
const allow = (Action: unknown, Resource: unknown, Condition?: unknown): Body => ({
  Effect: "Allow",
  Action,
  Resource,
  ...(Condition !== undefined && { Condition }),
});
const deny = (Action: unknown, Resource: unknown, Condition?: unknown): Body => ({
  ...allow(Action, Resource, Condition),
  Effect: "Deny",
});
const documentOf = (...Statement: unknown[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const listing = (prefix: unknown, operator = "StringLike") => ({ [operator]: { "s3:prefix": prefix } });

const intersected = (statements: unknown[], scope = grant(), where = setting) =>
  intersectPolicy(scope, where, documentOf(...statements));
const left = (statements: unknown[], scope = grant(), where = setting): Body[] =>
  JSON.parse(intersected(statements, scope, where).policy).Statement;
const judged = (statements: unknown[], scope = grant(), where = setting) =>
  judge(intersected(statements, scope, where).policy);

function refusal(attempt: () => unknown): VendError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof VendError) return error;
    throw error;
  }
  throw new Error("It was not refused.");
}

const grants = { "the warehouse": "wh/", "the table": "wh/db/t1/", "the bucket": "" };
const everyCase = catalogs.flatMap((catalog) =>
  Object.entries(grants).flatMap(([name, prefix]) =>
    [true, false].flatMap((isReader) =>
      [true, false].flatMap((hasKey) =>
        [true, false].map((namesKey) => ({ catalog, name, prefix, isReader, hasKey, namesKey })),
      ),
    ),
  ),
);

describe("what catalogs send for a table", () => {
  test.each(everyCase)(
    "$catalog on $name, reader $isReader, with keys $hasKey, named $namesKey",
    ({ catalog, prefix, isReader, hasKey, namesKey }) => {
      const table = "wh/db/t1";
      const policy = policyOf(catalog, { bucket: "lake", table, isReader, ...(namesKey && { kmsKey: key }) });
      const scope = grant({ prefixes: [prefix], permission: isReader ? "READ" : "READWRITE" });
      const where = { ...setting, ...(hasKey && { kmsKeyArn: key }) };
      const result = intersectPolicy(scope, where, policy);
      const may = judge(result.policy);
      const object = (name: string, key: string) => may(`s3:${name}`, `${lake}/${key}`);
      const list = (key: string) => may("s3:ListBucket", lake, { "s3:prefix": key });

      expect(object("GetObject", `${table}/data/a`)).toBe(true);
      for (const name of ["PutObject", "DeleteObject"])
        expect(object(name, `${table}/a`), name).toBe(!isReader);
      const hasParts = !isReader && ["Lakekeeper", "Unity"].includes(catalog);
      expect(object("AbortMultipartUpload", `${table}/a`)).toBe(hasParts);
      expect(object("GetObjectVersion", `${table}/a`)).toBe(false);
      expect(object("PutObjectTagging", `${table}/a`)).toBe(false);
      expect(object("GetObject", "wh/db/t10/a")).toBe(false);
      expect(object("GetObject", "wh/db/t2/a")).toBe(false);
      expect(list(`${table}/`)).toBe(true);
      expect(list(`${table}/data/`)).toBe(true);
      expect(list("wh/db/")).toBe(false);
      expect(may("s3:ListBucket", lake)).toBe(false);
      const listsName = ["Unity", "Gravitino for a fileset", "Nessie"].includes(catalog);
      expect(list(table)).toBe(listsName && prefix !== "wh/db/t1/");
      expect(object("GetObject", table)).toBe(catalog === "Unity" && prefix !== "wh/db/t1/");
      expect(may("s3:GetBucketLocation", lake)).toBe(!["Unity", "Nessie"].includes(catalog));
      // Iceberg's layout for object storage puts four hashed folders before the table.
      expect(object("GetObject", `wh/1/2/3/4/${table}/a`)).toBe(
        catalog === "Nessie" && prefix !== "wh/db/t1/",
      );
      expect(object("GetObject", `0/1/2/3/${table}/a`)).toBe(catalog === "Nessie" && prefix === "");

      const asksForKeys = {
        Polaris: namesKey || isReader,
        Lakekeeper: namesKey,
        Unity: true,
        "Gravitino for a table": false,
        "Gravitino for a fileset": false,
        Nessie: false,
      }[catalog];
      const encryption = (context: string) => ({
        "kms:ViaService": "s3.eu-central-1.amazonaws.com",
        "kms:EncryptionContext:aws:s3:arn": context,
      });
      const hasKeys = hasKey && asksForKeys;
      expect(may("kms:Decrypt", key, encryption(`${lake}/${table}/a`))).toBe(hasKeys);
      expect(may("kms:Decrypt", key, encryption(lake))).toBe(hasKeys);
      expect(may("kms:GenerateDataKey", key, encryption(`${lake}/${table}/a`))).toBe(hasKeys && !isReader);
      expect(may("kms:Decrypt", key, encryption(`${lake}/wh/db/t2/a`))).toBe(false);
      expect(may("kms:Decrypt", key)).toBe(false);
      expect(may("kms:DescribeKey", key, encryption(lake))).toBe(false);
      expect(may("kms:Decrypt", `${key}0`, encryption(`${lake}/${table}/a`))).toBe(false);

      const version =
        catalog === "Unity"
          ? "Of s3:GetO*, the grant has s3:GetObject."
          : "s3:GetObjectVersion is not granted.";
      expect(result.removed).toContain(version);
    },
  );

  test("Polaris's policy for a reader is this, with a key that the storage does not have or without it", () => {
    const places = { bucket: "lake", table: "wh/db/t1", isReader: true };
    const { policy, removed } = intersectPolicy(grant(), setting, policyOf("Polaris", places));
    expect(JSON.parse(policy)).toEqual({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Action: "s3:GetBucketLocation", Resource: lake },
        { Effect: "Allow", Action: "s3:GetObject", Resource: `${lake}/wh/db/t1/*` },
        { Effect: "Allow", Action: "s3:ListBucket", Resource: lake, Condition: listing("wh/db/t1/*") },
      ],
    });
    expect(removed).toEqual([
      "kms:DescribeKey is not granted.",
      "kms:Decrypt is not granted.",
      "s3:GetObjectVersion is not granted.",
    ]);
    for (const other of ["Lakekeeper", "Gravitino for a table"] as const)
      expect(intersectPolicy(grant(), setting, policyOf(other, places)).policy).toBe(policy);
  });

  test("Nessie's places are cut to the grant, and none stands there that another holds", () => {
    const policy = policyOf("Nessie", { bucket: "lake", table: "wh/db/t1", isReader: true });
    expect(JSON.parse(intersectPolicy(grant(), setting, policy).policy).Statement).toEqual([
      {
        Effect: "Allow",
        Action: "s3:GetObject",
        // `wh/*/wh/db/t1/*` holds `wh/*/*/*/wh/db/t1/*`.
        Resource: [`${lake}/wh/*/wh/db/t1/*`, `${lake}/wh/db/t1/*`, `${lake}/wh/wh/db/t1/*`],
      },
      expect.objectContaining({ Action: "s3:ListBucket" }),
    ]);
  });

  test("a table outside of the grant is no_grant, with the reason", () => {
    const policy = policyOf("Gravitino for a table", { bucket: "lake", table: "other/t1", isReader: false });
    const error = refusal(() => intersectPolicy(grant(), setting, policy));
    expect(error.code).toBe("no_grant");
    expect(error.message).toContain(`${lake}/other/t1/* is outside of the grant.`);
  });
});

describe("actions", () => {
  test.each([
    ["s3:GetO*", ["s3:GetObject"]],
    ["S3:GETOBJECT", ["s3:GetObject"]],
    ["s3:?etObject", ["s3:GetObject"]],
    ["s3:*Multipart*", ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]],
  ])("%s is %j of the grant's", (pattern, actions) => {
    expect([left([allow(pattern, `${lake}/wh/*`)])[0]?.["Action"]].flat()).toEqual(actions);
  });

  test("on everything are the grant itself", () => {
    for (const where of [setting, { ...setting, kmsKeyArn: key }, minio]) {
      const sorted = (policy: string) =>
        JSON.parse(policy)
          .Statement.map((one: Body) => ({ ...one, Action: [one["Action"]].flat().sort() }))
          .sort((one: Body, other: Body) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
      const scope = grant({ prefixes: ["a/", "wh/"], also: ["versions", "tags", "uploads"] });
      expect(sorted(intersected([allow("*", "*")], scope, where).policy)).toEqual(
        sorted(compilePolicy(scope, where)),
      );
    }
  });

  test.each(["s3", "s3:", "*:*", "s3:Get Object", ":GetObject", "s3:Get$"])("%j is none", (action) => {
    expect(refusal(() => left([allow(action, "*")])).fields?.[0]?.field).toBe("policy");
  });
});

describe("the groups of a grant", () => {
  const everything = allow("s3:*", [lake, `${lake}/wh/db/*`, `${lake}/wh`]);

  test("come along as far as the policy reaches", () => {
    const may = judged(
      [everything],
      grant({ also: ["folder", "versions", "tags", "uploads", "bucket-check"] }),
    );
    expect(may("s3:GetObjectVersion", `${lake}/wh/db/a`)).toBe(true);
    expect(may("s3:PutObjectTagging", `${lake}/wh/db/a`)).toBe(true);
    expect(may("s3:PutObjectTagging", `${lake}/wh/a`)).toBe(false);
    expect(may("s3:GetObject", `${lake}/wh`)).toBe(true);
    expect(may("s3:PutObject", `${lake}/wh`)).toBe(false);
    expect(may("s3:ListBucketMultipartUploads", lake)).toBe(true);
    expect(may("s3:ListBucket", lake)).toBe(true);
    expect(may("s3:ListBucketVersions", lake)).toBe(false);
    expect(may("s3:ListBucketVersions", lake, { "s3:prefix": "wh/x" })).toBe(true);
  });

  test("are cut by the prefixes of the policy, where a list has one", () => {
    const scope = grant({ also: ["folder", "uploads", "bucket-check"] });
    const may = judged([allow("s3:*", "*", listing(["wh", "wh/db/*", "else/*"]))], scope);
    for (const prefix of ["wh", "wh/db/a", "else/"])
      expect(may("s3:ListBucket", lake, { "s3:prefix": prefix }), prefix).toBe(true);
    expect(may("s3:ListBucket", lake, { "s3:prefix": "wh/" })).toBe(false);
    expect(may("s3:ListBucket", lake)).toBe(false);
    // Their requests have no prefix, so that the condition never holds.
    for (const action of ["ListBucketMultipartUploads", "GetBucketLocation"])
      expect(may(`s3:${action}`, lake), action).toBe(false);
    expect(may("s3:GetObject", `${lake}/wh/db/a`)).toBe(false);
  });
});

describe("conditions of an Allow", () => {
  test("on the same key must all hold, and one value of each is enough", () => {
    const both = { ...listing(["wh/a*", "wh/b*"]), ...listing(["wh/ab", "wh/c"], "StringEquals") };
    expect(left([allow("s3:ListBucket", lake, both)])[0]?.["Condition"]).toEqual(listing("wh/ab"));
  });

  test("an equal text is literal: its star is written as one", () => {
    const equal = listing("wh/*", "StringEquals");
    expect(left([allow("s3:ListBucket", lake, equal)])[0]?.["Condition"]).toEqual(listing("wh/${*}"));
    expect(refusal(() => left([allow("s3:ListBucket", lake, equal)], grant(), minio)).message).toContain(
      "literal",
    );
  });

  test("on a prefix leave lists alone, since no other request has one", () => {
    expect(left([allow("s3:*", "*", listing("wh/*"))])).toEqual([
      allow("s3:ListBucket", lake, listing("wh/*")),
    ]);
    expect(refusal(() => left([allow("s3:Get*", "*", listing("wh/*"))])).code).toBe("no_grant");
  });

  test("an empty prefix is one, and not none", () => {
    const scope = grant({ prefixes: [""] });
    expect(left([allow("s3:ListBucket", lake, listing(["", "a/*"]))], scope)[0]?.["Condition"]).toEqual(
      listing(["", "a/*"]),
    );
    expect(left([allow("s3:ListBucket", lake, listing(""))], scope)).toEqual([
      allow("s3:ListBucket", lake, listing("")),
    ]);
    expect(refusal(() => left([allow("s3:ListBucket", lake, listing(""))])).code).toBe("no_grant");
  });

  test("the key is read in any case, and stands once", () => {
    const may = judged([allow("s3:ListBucket", lake, { StringLike: { "S3:PREFIX": "wh/a/*" } })]);
    expect(may("s3:ListBucket", lake, { "s3:prefix": "wh/a/" })).toBe(true);
    expect(may("s3:ListBucket", lake, { "s3:prefix": "wh/b/" })).toBe(false);
    const twice = { StringLike: { "s3:prefix": "wh/a/*", "s3:Prefix": "wh/b/*" } };
    expect(refusal(() => left([allow("s3:ListBucket", lake, twice)])).message).toContain("twice");
  });

  test.each<unknown>([
    listing("wh/*", "StringLikeIfExists"),
    listing("wh/*", "ForAnyValue:StringLike"),
    listing("wh/*", "StringNotLike"),
    listing("wh/*", "stringlike"),
    { Bool: { "aws:SecureTransport": "true" } },
    { StringEquals: { "aws:PrincipalTag/team": "data" } },
    { StringLike: { "s3:prefix": "wh/*" }, IpAddress: { "aws:SourceIp": "192.0.2.0/24" } },
    { StringLike: { constructor: "b" } },
    { constructor: { "s3:prefix": "a" } },
    {},
    { StringLike: {} },
    listing([]),
    listing(7),
  ])("%j is refused", (condition) => {
    const error = refusal(() => left([allow("s3:ListBucket", lake, condition)]));
    expect(error.code).toBe("invalid_request");
    expect(error.fields?.[0]?.field).toBe("policy");
  });
});

describe("a document that is not understood is refused", () => {
  const good = allow("s3:GetObject", `${lake}/wh/*`);
  test.each<[string, string, RegExp]>([
    ["no JSON", "{", /must be JSON/],
    ["nothing", "", /must be JSON/],
    ["a list", "[]", /must be an object/],
    ["no statement", '{"Version":"2012-10-17"}', /must have a Statement/],
    ["an empty list", documentOf(), /must have a Statement/],
    ["another version", JSON.stringify({ Version: "2012-10-18", Statement: good }), /Version/],
    ["another member", JSON.stringify({ Version: "2012-10-17", Statement: good, X: 1 }), /element X/],
    ["NotAction", documentOf({ Effect: "Allow", NotAction: "s3:*", Resource: "*" }), /NotAction/],
    ["NotResource", documentOf({ Effect: "Deny", Action: "s3:*", NotResource: lake }), /NotResource/],
    ["Principal", documentOf({ ...good, Principal: "*" }), /Principal/],
    ["NotPrincipal", documentOf({ ...good, NotPrincipal: "*" }), /NotPrincipal/],
    ["an effect in other case", documentOf({ ...good, Effect: "allow" }), /Effect/],
    ["no resource", documentOf({ Effect: "Allow", Action: "s3:*" }), /Resource/],
    ["an empty resource", documentOf(allow("s3:*", [])), /Resource/],
    ["a resource that is no ARN", documentOf(allow("s3:*", "lake/*")), /ARN/],
    ["a short ARN", documentOf(allow("s3:*", "arn:aws:s3:lake")), /ARN/],
    ["a variable", documentOf(allow("s3:*", `${lake}/\${aws:username}/*`)), /variable/],
    ["a variable in a condition", documentOf(allow("s3:*", lake, listing("${aws:userid}/*"))), /variable/],
    ["half a variable", documentOf(allow("s3:*", `${lake}/\${wh`)), /variable/],
    [
      "an escape in a version without any",
      JSON.stringify({ Statement: allow("s3:*", `${lake}/\${*}`) }),
      /variable/,
    ],
    ["a control character", documentOf(allow("s3:*", `${lake}/wh/\u0001`)), /character/],
    ["a character beyond U+00FF", documentOf(allow("s3:*", `${lake}/wh/Ā`)), /character/],
    ["half of a pair", documentOf(allow("s3:*", `${lake}/wh/\ud800`)), /character/],
    [
      "a member twice",
      '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}]}',
      /twice/,
    ],
    [
      "a member twice, once escaped",
      '{"Version":"2012-10-17","Statement":[{"\\u0045ffect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}]}',
      /twice/,
    ],
    ["2,049 characters", documentOf(good).padEnd(2049), /2048/],
    ["a deep nest", "[".repeat(1000) + "]".repeat(1000), /object/],
  ])("%s", (_, policy, words) => {
    const error = refusal(() => intersectPolicy(grant(), setting, policy));
    expect(error.code).toBe("invalid_request");
    expect(error.fields).toEqual([{ field: "policy", message: expect.stringMatching(words) }]);
  });

  test("a member's colons in texts are none of JSON's", () => {
    expect(judged([{ ...good, Sid: 'a:"b\\":c' }])("s3:GetObject", `${lake}/wh/a`)).toBe(true);
  });

  test("whitespace, an Id, a single statement and the old version are taken", () => {
    const policy = JSON.stringify({ Version: "2008-10-17", Id: "x", Statement: good }, undefined, 2);
    expect(judge(intersectPolicy(grant(), setting, policy).policy)("s3:GetObject", `${lake}/wh/$a`)).toBe(
      true,
    );
  });
});

describe("a Deny", () => {
  const all = allow("s3:*", "*");

  test("of everything leaves nothing", () => {
    expect(refusal(() => left([deny("*", "*")])).code).toBe("no_grant");
    const error = refusal(() => left([all, deny("*", "*")]));
    expect(error.code).toBe("no_grant");
    expect(error.message).toContain("The policy itself denies * on *.");
  });

  test("takes whole rights out of the result, and stands there where it takes a part", () => {
    const { policy, removed } = intersected([
      allow("s3:*Object", `${lake}/*`),
      deny("s3:DeleteObject", `${lake}/wh/*`),
      deny(["s3:GetObject", "s3:PutObjectAcl"], ["arn:aws:s3:::*/secret/*", "arn:aws:s3:::other/*"]),
    ]);
    expect(JSON.parse(policy).Statement).toEqual([
      allow(["s3:GetObject", "s3:PutObject"], `${lake}/wh/*`),
      deny("s3:GetObject", `${lake}/*/secret/*`),
    ]);
    expect(removed).toContain(`The policy itself denies s3:DeleteObject on ${lake}/wh/*.`);
  });

  test("that is about nothing that is left does not stand in the result", () => {
    const result = intersected([all]).policy;
    expect(intersected([all, deny("s3:GetObject", `${lake}/else/*`)]).policy).toBe(result);
    expect(intersected([all, deny("s3:PutBucketPolicy", "*")]).policy).toBe(result);
    expect(intersected([all, deny("s3:GetObject", "*", listing("wh/*"))]).policy).toBe(result);
    expect(intersected([all, deny("s3:*", "arn:aws:s3:::other/*")]).removed).toEqual([]);
  });

  test("keeps its conditions where AWS reads them", () => {
    const insecure = { Bool: { "aws:SecureTransport": "false" } };
    const may = judged([all, deny("*", "*", insecure)], grant(), { ...setting, kmsKeyArn: key });
    const secure = (value: string) => ({ "aws:SecureTransport": value });
    expect(may("s3:GetObject", `${lake}/wh/a`, secure("true"))).toBe(true);
    expect(may("s3:GetObject", `${lake}/wh/a`, secure("false"))).toBe(false);
    const elsewhere = { NotIpAddress: { "aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32"] } };
    expect(left([all, deny("s3:PutObject", "*", elsewhere)]).at(-1)?.["Condition"]).toEqual({
      NotIpAddress: { "aws:sourceip": ["192.0.2.0/24", "2001:db8::/32"] },
    });
  });

  test("with a negated condition on the prefix is also about requests that have none", () => {
    const may = judged([all, deny("s3:*", "*", listing("wh/a/*", "StringNotLike"))]);
    expect(may("s3:ListBucket", lake, { "s3:prefix": "wh/a/" })).toBe(true);
    expect(may("s3:ListBucket", lake, { "s3:prefix": "wh/b/" })).toBe(false);
    expect(may("s3:GetObject", `${lake}/wh/a/x`)).toBe(false);
    // Of lists inside of the prefix it takes nothing.
    const inside = judged([all, deny("s3:ListBucket", "*", listing("wh/*", "StringNotLike"))]);
    expect(inside("s3:ListBucket", lake, { "s3:prefix": "wh/a/" })).toBe(true);
  });

  test("of a key takes it away", () => {
    const where = { ...setting, kmsKeyArn: [key, `${key}0`] };
    const resources = left([allow("*", "*"), deny("kms:*", key)], grant(), where).flatMap(
      (one) => one["Resource"],
    );
    expect(resources).toContain(`${key}0`);
    expect(resources).not.toContain(key);
  });

  test.each<[unknown, PolicySetting]>([
    [{ StringEquals: { "aws:PrincipalTag/team": "data" } }, setting],
    [{ Null: { "s3:prefix": "true" } }, setting],
    [{ Bool: { "aws:SecureTransport": "no" } }, setting],
    [{ IpAddress: { "aws:SourceIp": "192.0.2.300" } }, setting],
    [{ StringLikeIfExists: { "s3:prefix": "wh/*" } }, setting],
    [{ Bool: { "aws:SecureTransport": "false" } }, minio],
    [listing("wh/*", "StringNotLike"), minio],
  ])("with %j is refused where that is not understood", (condition, where) => {
    expect(refusal(() => left([all, deny("s3:*", "*", condition)], grant(), where)).code).toBe(
      "invalid_request",
    );
  });
});

describe("other stores", () => {
  test("get lists of one, no escapes, and are counted in bytes", () => {
    expect(left([allow("s3:GetObject", `${lake}/wh/a*/*`)], grant(), minio)).toEqual([
      allow(["s3:GetObject"], [`${lake}/wh/a*/*`]),
    ]);
    // Of a ?, some read one byte and some one character.
    for (const star of ["${*}", "${?}", "${$}", "$", "?"])
      expect(refusal(() => left([allow("s3:*", `${lake}/wh/${star}`)], grant(), minio)).code).toBe(
        "invalid_request",
      );
    const long = allow("s3:GetObject", [`${lake}/wh/${"ÿ".repeat(800)}`, `${lake}/wh/${"é".repeat(400)}`]);
    expect(left([long])).toHaveLength(1);
    expect(refusal(() => left([long], grant(), minio)).code).toBe("policy_too_large");
  });

  test("get characters beyond U+00FF where they take them", () => {
    expect(left([allow("s3:GetObject", `${lake}/wh/日*/*`)], grant(), minio)[0]?.["Resource"]).toEqual([
      `${lake}/wh/日*/*`,
    ]);
    expect(
      left([allow("s3:*", `${lake}/*/a`)], grant({ prefixes: ["😀/"] }), minio)[0]?.["Resource"],
    ).toContain(`${lake}/😀/a`);
  });

  test("a policy for another partition's buckets leaves nothing", () => {
    const china = { ...setting, partition: "aws-cn", region: "cn-north-1" };
    expect(refusal(() => left([allow("s3:*", `${lake}/*`)], grant(), china)).code).toBe("no_grant");
    expect(left([allow("s3:GetObject", "arn:*:s3:::lake/*")], grant(), china)[0]?.["Resource"]).toBe(
      "arn:aws-cn:s3:::lake/wh/*",
    );
  });
});

describe("keys", () => {
  const where = { ...setting, kmsKeyArn: key };
  const objects = allow("s3:GetObject", `${lake}/wh/a/*`);
  const contexts = (statements: unknown[], scope = grant()) =>
    left(statements, scope, where)
      .filter(({ Action }) => String(Action).startsWith("kms:"))
      .map(
        ({ Condition }) => (Condition as { StringLike: Body }).StringLike["kms:EncryptionContext:aws:s3:arn"],
      );

  test("are for the objects that are left, and never without one", () => {
    expect(contexts([objects, allow("kms:*", "*")])).toEqual([[lake, `${lake}/wh/a/*`]]);
    expect(contexts([allow("s3:ListBucket", lake), allow("kms:*", "*")])).toEqual([]);
    expect(refusal(() => left([allow("kms:*", "*")], grant(), where)).code).toBe("no_grant");
  });

  test("have conditions that no request for an object meets", () => {
    const via = { StringLike: { "kms:ViaService": "s3.*.amazonaws.com" } };
    expect(refusal(() => left([allow(["s3:GetObject", "kms:Decrypt"], "*", via)], grant(), where)).code).toBe(
      "no_grant",
    );
  });

  test("are for no context that the policy does not name", () => {
    const by = (context: unknown) => ({ StringLike: { "kms:EncryptionContext:aws:s3:arn": context } });
    expect(contexts([objects, allow("kms:Decrypt", key, by(`${lake}/wh/a/b/*`))])).toEqual([
      `${lake}/wh/a/b/*`,
    ]);
    expect(contexts([objects, allow("kms:Decrypt", key, by(`${lake}*`))])).toEqual([
      [lake, `${lake}/wh/a/*`],
    ]);
    expect(contexts([objects, allow("kms:Decrypt", key, by("arn:aws:s3:::other/*"))])).toEqual([]);
  });

  test("are used through S3 where the storage is, and not where the policy names another service", () => {
    const via = (service: string) => ({ StringEquals: { "kms:ViaService": service } });
    expect(contexts([objects, allow("kms:*", "*", via("s3.eu-central-1.amazonaws.com"))])).toHaveLength(1);
    const other = [objects, allow("kms:*", "*", via("s3.us-east-1.amazonaws.com"))];
    expect(contexts(other)).toEqual([]);
    expect(intersected(other, grant(), where).removed).toContain(
      "Keys are granted through s3.eu-central-1.amazonaws.com alone.",
    );
    // There a star is a star.
    expect(contexts([objects, allow("kms:*", "*", via("s3.*.amazonaws.com"))])).toEqual([]);
  });
});

describe("size", () => {
  test("the result is counted, and not the grant's own policy", () => {
    const prefixes = Array.from({ length: 60 }, (_, at) => `warehouse/folder-${at + 100}/`);
    expect(refusal(() => compilePolicy(grant({ prefixes }), setting)).code).toBe("policy_too_large");
    const policy = policyOf("Unity", { bucket: "lake", table: "warehouse/folder-107/t1", isReader: false });
    expect(intersectPolicy(grant({ prefixes }), setting, policy).policy.length).toBeLessThan(800);
    expect(refusal(() => left([allow("*", "*")], grant({ prefixes }))).message).toMatch(
      /for what this session policy and the grant both allow is \d+ characters longer/,
    );
  });

  test("places that others hold are left out, and those alone", () => {
    const places = (...texts: string[]) =>
      left([
        allow(
          "s3:GetObject",
          texts.map((text) => `${lake}/wh/${text}`),
        ),
      ])[0]?.["Resource"];
    expect(places("?", "*")).toBe(`${lake}/wh/*`);
    expect(places("?a", "*?", "b", "??*")).toBe(`${lake}/wh/?*`);
    expect(places("a*", "*a")).toEqual([`${lake}/wh/*a`, `${lake}/wh/a*`]);
  });

  test("actions or places stand once, by which of both is shorter", () => {
    const statements = left([
      allow("s3:GetObject", [`${lake}/wh/${"a".repeat(200)}/*`, `${lake}/wh/b/*`]),
      allow("s3:PutObject", `${lake}/wh/${"a".repeat(200)}/*`),
    ]);
    expect(statements.map(({ Action }) => Action)).toEqual([
      ["s3:GetObject", "s3:PutObject"],
      "s3:GetObject",
    ]);
  });

  const many = <T>(count: number, text: (at: number) => T) =>
    Array.from({ length: count }, (_, at) => text(at));
  const deep = `${"a/".repeat(500)}`;
  test.each<[string, unknown[], string[]]>([
    ["stars and letters", [allow("*", `arn:aws:s3:::*${"a*".repeat(950)}`)], [`${"a".repeat(1000)}/`]],
    ["a star before many letters", [allow("*", `${lake}/*${"a".repeat(1900)}`)], [`${"a".repeat(1000)}/`]],
    ["a star before many folders", [allow("*", `${lake}/*${"a/".repeat(950)}b`)], [deep]],
    ["questions", [allow("*", `${lake}/*${"?".repeat(1900)}`)], [deep]],
    [
      "many places",
      [
        allow(
          "*",
          many(60, (at) => `${lake}/${"*a".repeat(at % 7)}?*`),
        ),
      ],
      many(100, (at) => `${at}a/`),
    ],
    ["many Denies", [allow("*", "*"), ...many(26, (at) => deny("*", `${lake}/*a${at}*`))], ["wh/"]],
    ["many prefixes", [allow("*", "*", listing(many(250, (at) => `*${at}`)))], many(50, (at) => `a${at}/`)],
  ])("%s cost a bounded work: the policy is taken or too large", (_, statements, prefixes) => {
    const policy = documentOf(...statements);
    expect(policy.length).toBeLessThanOrEqual(mostPolicyCharacters);
    try {
      const result = intersectPolicy(grant({ prefixes }), setting, policy).policy;
      expect(result.length).toBeLessThanOrEqual(mostPolicyCharacters);
    } catch (error) {
      expect(error).toMatchObject({ code: "policy_too_large" });
    }
  });
});

describe("the parts of an ARN are matched each by itself", () => {
  test.each([
    ["arn:aws:s3:*:lake/wh/*:x"],
    ["arn:a*:::lake/wh/*:x:y"],
    ["arn:*:lake/wh/*:::"],
    ["arn:aws:s3:us-*::lake/wh/*"],
    ["arn:aws-cn:s3:::lake/wh/*"],
  ])("%s reaches nothing, or is not understood", (resource) => {
    expect(["no_grant", "invalid_request"]).toContain(
      refusal(() => left([allow("s3:GetObject", resource)])).code,
    );
  });

  test.each(["arn:*:s3:::lake/wh/a:b/*", "arn:aw?:s3:*:*:lake/wh/a:b/*", "arn:aws:s3:::lake/wh/a:b/*"])(
    "%s reaches keys with colons",
    (resource) => {
      expect(left([allow("s3:GetObject", resource)])).toEqual([allow("s3:GetObject", `${lake}/wh/a:b/*`)]);
    },
  );

  test("a Deny counts as a whole, with all that it may reach", () => {
    const may = judged([allow("s3:*", "*"), deny("s3:GetObject", "arn:aws:s3:*:lake/wh/*:x")]);
    expect(may("s3:GetObject", `${lake}/wh/a:lake/wh/b:x`)).toBe(false);
    expect(may("s3:GetObject", `${lake}/wh/a`)).toBe(true);
  });

  test("a service with a wildcard is refused", () => {
    expect(refusal(() => left([allow("s3:GetObject", "arn:aws:s*:::lake/wh/*")])).message).toContain(
      "whose service has a wildcard",
    );
  });
});

test("where nothing is left, the reason is the place before the rights, and all that was removed is told", () => {
  const fault = refusal(() => left([allow(["s3:GetObject", "s3:GetObjectVersion"], "arn:aws:s3:::other/*")]));
  expect(fault.message).toContain("arn:aws:s3:::other/* is outside of the grant.");
  expect(fault.removed).toEqual([
    "s3:GetObjectVersion is not granted.",
    "arn:aws:s3:::other/* is outside of the grant.",
  ]);
});

test("what was removed is told within bounds, however long the policy's texts are", () => {
  const actions = Array.from({ length: 30 }, (_, at) => `s3:${"*".repeat(at + 1)}e?`);
  const { removed } = intersected([allow(actions, "*")]);
  expect(removed.join("").length).toBeLessThan(2_100);
  expect(removed.at(-1)).toMatch(/^And \d+ more\.$/);
});
