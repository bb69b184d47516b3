import { describe, expect, test } from "vitest";
import { operationGroups } from "../../shared/contract.ts";
import { dialectOf } from "../../shared/core/dialect.ts";
import { VendError } from "../../shared/core/errors.ts";
import { compilePolicy, mostPolicyCharacters, type PolicySetting } from "../../shared/core/policy.ts";
import type { Scope } from "../../shared/core/scope.ts";
import { judge } from "./judge.ts";

const setting: PolicySetting = {
  partition: "aws",
  region: "eu-central-1",
  dialect: dialectOf("aws", true),
};
const key = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const kmsKeyArn = [key];
const scope = (overrides: Partial<Scope> = {}): Scope => ({
  bucket: "lake",
  prefixes: ["t1/"],
  permission: "READWRITE",
  ...overrides,
});
const judged = (overrides: Partial<Scope> = {}, where: Partial<PolicySetting> = {}) =>
  judge(compilePolicy(scope(overrides), { ...setting, ...where }));

function refusal(attempt: () => unknown): VendError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof VendError) return error;
  }
  throw new Error("It was not refused.");
}

describe("the policy of a folder", () => {
  test("is this, and no more", () => {
    expect(JSON.parse(compilePolicy(scope({ prefixes: ["t2/", "t1/"] }), { ...setting, kmsKeyArn }))).toEqual(
      {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Action: [
              "s3:GetObject",
              "s3:PutObject",
              "s3:DeleteObject",
              "s3:AbortMultipartUpload",
              "s3:ListMultipartUploadParts",
            ],
            Resource: ["arn:aws:s3:::lake/t1/*", "arn:aws:s3:::lake/t2/*"],
          },
          { Effect: "Allow", Action: "s3:GetBucketLocation", Resource: "arn:aws:s3:::lake" },
          {
            Effect: "Allow",
            Action: "s3:ListBucket",
            Resource: "arn:aws:s3:::lake",
            Condition: { StringLike: { "s3:prefix": ["t1/*", "t2/*"] } },
          },
          {
            Effect: "Allow",
            Action: ["kms:Decrypt", "kms:GenerateDataKey"],
            Resource: key,
            Condition: {
              StringEquals: { "kms:ViaService": "s3.eu-central-1.amazonaws.com" },
              StringLike: {
                "kms:EncryptionContext:aws:s3:arn": [
                  "arn:aws:s3:::lake",
                  "arn:aws:s3:::lake/t1/*",
                  "arn:aws:s3:::lake/t2/*",
                ],
              },
            },
          },
        ],
      },
    );
  });

  test("lists the folder and what is in it, with or without a delimiter", () => {
    const may = judged({ permission: "READ" });
    const list = (context: Record<string, string>) => may("s3:ListBucket", "arn:aws:s3:::lake", context);
    expect(list({ "s3:prefix": "t1/" })).toBe(true);
    expect(list({ "s3:prefix": "t1/", "s3:delimiter": "/" })).toBe(true);
    expect(list({ "s3:prefix": "t1/a/b" })).toBe(true);
  });

  test.each([
    ["no prefix, which is also HeadBucket", {}],
    ["an empty prefix", { "s3:prefix": "" }],
    ["t1 without a slash, which would list t10", { "s3:prefix": "t1" }],
    ["the beginning of the name", { "s3:prefix": "t" }],
    ["a sibling", { "s3:prefix": "t10/" }],
    ["another case", { "s3:prefix": "T1/" }],
  ])("does not list by %s", (_, context) => {
    expect(judged()("s3:ListBucket", "arn:aws:s3:::lake", context)).toBe(false);
  });

  test("lets a writer upload in parts, give up and resume, and neither read nor list", () => {
    const may = judged({ permission: "WRITE" });
    const part = "arn:aws:s3:::lake/t1/part";
    for (const action of ["PutObject", "AbortMultipartUpload", "ListMultipartUploadParts", "DeleteObject"])
      expect(may(`s3:${action}`, part), action).toBe(true);
    expect(may("s3:GetObject", part)).toBe(false);
    expect(may("s3:ListBucket", "arn:aws:s3:::lake", { "s3:prefix": "t1/" })).toBe(false);
  });

  test("lets a reader neither write, delete nor upload in parts", () => {
    const may = judged({ permission: "READ" });
    const object = "arn:aws:s3:::lake/t1/a";
    expect(may("s3:GetObject", object)).toBe(true);
    for (const action of ["PutObject", "AbortMultipartUpload", "ListMultipartUploadParts", "DeleteObject"])
      expect(may(`s3:${action}`, object), action).toBe(false);
  });

  test.each<[string, [action: string, key: string][]]>([
    [
      "Hadoop S3A: probes, markers, rename, delete",
      [
        ["GetObject", "t1/db/table"],
        ["ListBucket", "t1/db/table/"],
        ["PutObject", "t1/"],
        ["PutObject", "t1/db/table/"],
        ["PutObject", "t1/db/_temporary/0/part-0"],
        ["GetObject", "t1/db/_temporary/0/part-0"],
        ["DeleteObject", "t1/db/_temporary/0/part-0"],
        ["AbortMultipartUpload", "t1/db/__magic/part-0"],
      ],
    ],
    [
      "rclone with no_check_bucket: sync",
      [
        ["ListBucket", "t1/"],
        ["GetObject", "t1/a"],
        ["PutObject", "t1/a"],
        ["DeleteObject", "t1/a"],
        ["ListMultipartUploadParts", "t1/a"],
      ],
    ],
    [
      "AWS CLI: ls, sync, cp, mv, rm --recursive",
      [
        ["ListBucket", "t1/"],
        ["ListBucket", "t1/a"],
        ["GetObject", "t1/a b/+ü"],
        ["PutObject", "t1/a b/+ü"],
        ["AbortMultipartUpload", "t1/a b/+ü"],
        ["DeleteObject", "t1/a b/+ü"],
      ],
    ],
    ["clients that ask for the region", [["GetBucketLocation", ""]]],
  ])("serves %s", (_, requests) => {
    const may = judged();
    for (const [action, key] of requests)
      expect(
        action.includes("Bucket")
          ? may(`s3:${action}`, "arn:aws:s3:::lake", { "s3:prefix": key })
          : may(`s3:${action}`, `arn:aws:s3:::lake/${key}`),
        `${action} ${key}`,
      ).toBe(true);
  });

  const statements = (overrides: Partial<Scope>, where: Partial<PolicySetting> = {}) =>
    JSON.parse(compilePolicy(scope(overrides), { ...setting, ...where })).Statement;
  const listed = (Action: unknown, values: unknown) => ({
    ...{ Effect: "Allow", Action, Resource: "arn:aws:s3:::lake" },
    Condition: { StringLike: { "s3:prefix": values } },
  });
  const location = { Effect: "Allow", Action: "s3:GetBucketLocation", Resource: "arn:aws:s3:::lake" };

  test("takes the folder's name along where the same is allowed, and apart where less is", () => {
    const objects = ["arn:aws:s3:::lake/t1/*", "arn:aws:s3:::lake/t1"];
    expect(statements({ permission: "READ", also: ["folder"] })).toEqual([
      { Effect: "Allow", Action: "s3:GetObject", Resource: objects },
      location,
      listed("s3:ListBucket", ["t1/*", "t1"]),
    ]);
    expect(statements({ also: ["folder", "versions"] })).toEqual([
      { Effect: "Allow", Action: expect.arrayContaining(["s3:GetObject"]), Resource: objects[0] },
      { Effect: "Allow", Action: "s3:GetObject", Resource: objects[1] },
      location,
      listed(["s3:ListBucket", "s3:ListBucketVersions"], "t1/*"),
      listed("s3:ListBucket", "t1"),
    ]);
  });

  test("has no condition that the check of the bucket makes void", () => {
    expect(statements({ permission: "READ", also: ["folder", "bucket-check"] }).slice(1)).toEqual([
      { ...location, Action: ["s3:GetBucketLocation", "s3:ListBucket"] },
    ]);
  });

  test("has lists of one where they are counted all the same", () => {
    const [first] = statements({ permission: "READ" }, { dialect: dialectOf("minio", false) });
    expect(first).toEqual({
      Effect: "Allow",
      Action: ["s3:GetObject"],
      Resource: ["arn:aws:s3:::lake/t1/*"],
    });
  });

  test("escapes the folder's name as it does the folder", () => {
    const may = judged({ prefixes: ["t*/"], also: ["folder"] });
    expect(may("s3:GetObject", "arn:aws:s3:::lake/t*")).toBe(true);
    expect(may("s3:GetObject", "arn:aws:s3:::lake/t1")).toBe(false);
    expect(may("s3:ListBucket", "arn:aws:s3:::lake", { "s3:prefix": "t1" })).toBe(false);
  });

  test("knows nothing of the bucket's own name", () => {
    const whole = { prefixes: [""] };
    expect(statements({ ...whole, also: ["folder", "uploads", "bucket-check"] })).toEqual(statements(whole));
  });

  test("does not show uploads elsewhere in the bucket", () => {
    const uploads = (prefixes: string[], context = {}) =>
      judged({ prefixes })("s3:ListBucketMultipartUploads", "arn:aws:s3:::lake", context);
    expect(uploads(["t1/"])).toBe(false);
    expect(uploads(["t1/"], { "s3:prefix": "t1/" })).toBe(false);
    expect(uploads([""])).toBe(true);
  });

  test.each(["GetObjectVersion", "DeleteObjectVersion", "PutObjectTagging", "GetObjectAttributes"])(
    "allows %s to no grant that does not ask for it",
    (action) => {
      expect(judged({ prefixes: [""] })(`s3:${action}`, "arn:aws:s3:::lake/t1/a")).toBe(false);
    },
  );

  test.each(["PutObjectAcl", "PutObjectVersionAcl", "GetObjectAcl", "BypassGovernanceRetention"])(
    "never allows %s",
    (action) => {
      const may = judged({ prefixes: [""], also: operationGroups });
      expect(may(`s3:${action}`, "arn:aws:s3:::lake/t1/a")).toBe(false);
    },
  );
});

describe("the policy of a whole bucket", () => {
  test("lists it with and without a prefix, and only with the right to read", () => {
    const bucket = "arn:aws:s3:::lake";
    expect(judged({ prefixes: [""] })("s3:ListBucket", bucket)).toBe(true);
    expect(judged({ prefixes: [""] })("s3:ListBucket", bucket, { "s3:prefix": "t1" })).toBe(true);
    expect(judged({ prefixes: [""], permission: "WRITE" })("s3:ListBucket", bucket)).toBe(false);
  });

  test("does not reach a bucket with a name that begins alike", () => {
    expect(judged({ prefixes: [""] })("s3:GetObject", "arn:aws:s3:::lake2/a")).toBe(false);
    expect(judged({ prefixes: [""] })("s3:ListBucket", "arn:aws:s3:::lake2")).toBe(false);
  });

  test("includes every folder that is named beside it", () => {
    expect(compilePolicy(scope({ prefixes: ["t1/", ""] }), setting)).toBe(
      compilePolicy(scope({ prefixes: [""] }), setting),
    );
  });
});

describe("names are literal", () => {
  // Each reached other tables' data in a service that forgot to escape.
  test.each([
    ["*.*/", "db.t1/x"],
    ["f*.t1/", "foo.t1/x"],
    ["t?/", "t1/x"],
    ["home/${aws:username}/", "home/alice/x"],
    // Where `$` is escaped after `*`, or not at all, the escape itself becomes a wildcard.
    ["${*}/", "*/x"],
    ["${*}/", "anything/x"],
    ["${$}/", "$/x"],
    ["$*/", "${*}/x"],
  ])("%j does not reach %j, and does reach itself", (prefix, other) => {
    const may = judged({ prefixes: [prefix] });
    expect(may("s3:GetObject", `arn:aws:s3:::lake/${other}`)).toBe(false);
    expect(may("s3:ListBucket", "arn:aws:s3:::lake", { "s3:prefix": other })).toBe(false);
    expect(may("s3:GetObject", `arn:aws:s3:::lake/${prefix}x`)).toBe(true);
    expect(may("s3:ListBucket", "arn:aws:s3:::lake", { "s3:prefix": `${prefix}x` })).toBe(true);
  });

  test("quotes, backslashes and Latin-1 need no care: the policy is built as values", () => {
    const prefix = 'a"],"Resource":["*"],"x":["\\\'ÿ/';
    const may = judged({ prefixes: [prefix] });
    expect(may("s3:GetObject", `arn:aws:s3:::lake/${prefix}x`)).toBe(true);
    expect(may("s3:GetObject", "arn:aws:s3:::lake/x")).toBe(false);
  });

  test.each(["таблица/", "日本/", "😀/", "Ā/", "t1\n/", "\ud800/"])(
    "%j is refused, because no policy can hold it",
    (prefix) => {
      expect(refusal(() => judged({ prefixes: ["t1/", prefix] })).code).toBe("not_scopable");
    },
  );

  test.each(["minio", "ceph", "seaweedfs", "other", undefined] as const)(
    "wildcards in names are refused of the store %s, which does not know the escapes",
    (store) => {
      const dialect = dialectOf(store, false);
      for (const prefix of ["t*/", "t?/", "t$/"])
        expect(refusal(() => judged({ prefixes: [prefix] }, { dialect })).code).toBe("not_scopable");
      expect(judged({}, { dialect })("s3:GetObject", "arn:aws:s3:::lake/t1/a")).toBe(true);
    },
  );

  test("characters beyond U+00FF are taken of MinIO alone, and not where its name stands beside AWS's STS", () => {
    const compile = (prefix: string, dialect = dialectOf("minio", false)) =>
      compilePolicy(scope({ prefixes: [prefix] }), { ...setting, dialect });
    for (const prefix of ["таблица/", "日本/", "😀/"]) {
      expect(JSON.parse(compile(prefix)).Statement[0].Resource).toEqual([`arn:aws:s3:::lake/${prefix}*`]);
      for (const dialect of [dialectOf("ceph", false), dialectOf("minio", true), dialectOf(undefined, false)])
        expect(refusal(() => compile(prefix, dialect)).code).toBe("not_scopable");
    }
    for (const prefix of ["t1\n/", "\ud800/", "\u0085/"])
      expect(refusal(() => compile(prefix)).code).toBe("not_scopable");
  });
});

describe("partitions", () => {
  test.each(["aws", "aws-cn", "aws-us-gov"])("%s names its own buckets only", (partition) => {
    const may = judged({}, { partition });
    expect(may("s3:GetObject", `arn:${partition}:s3:::lake/t1/a`)).toBe(true);
    expect(may("s3:GetObject", "arn:aws-iso:s3:::lake/t1/a")).toBe(false);
  });

  test("the service name in kms:ViaService ends in .amazonaws.com in all partitions", () => {
    const china = { partition: "aws-cn", region: "cn-north-1", kmsKeyArn };
    expect(compilePolicy(scope(), { ...setting, ...china })).toContain('"s3.cn-north-1.amazonaws.com"');
  });
});

describe("the KMS key of a storage", () => {
  const viaS3 = (context: string) => ({
    "kms:ViaService": "s3.eu-central-1.amazonaws.com",
    "kms:EncryptionContext:aws:s3:arn": context,
  });
  const inside = viaS3("arn:aws:s3:::lake/t1/a");

  test("decrypts for a reader; a writer also makes data keys, and decrypts the parts of its upload", () => {
    const reader = judged({ permission: "READ" }, { kmsKeyArn });
    expect(reader("kms:Decrypt", key, inside)).toBe(true);
    expect(reader("kms:GenerateDataKey", key, inside)).toBe(false);
    const writer = judged({ permission: "WRITE" }, { kmsKeyArn });
    expect(writer("kms:Decrypt", key, inside)).toBe(true);
    expect(writer("kms:GenerateDataKey", key, inside)).toBe(true);
  });

  test("decrypts an object with the folder's own name where that may be read, and not where it may not", () => {
    const name = viaS3("arn:aws:s3:::lake/t1");
    const keyMayBeUsed = (change: Partial<Scope>) => judged(change, { kmsKeyArn })("kms:Decrypt", key, name);
    expect(keyMayBeUsed({ permission: "READ", also: ["folder"] })).toBe(true);
    expect(keyMayBeUsed({ also: ["tags", "folder"] })).toBe(true);
    expect(keyMayBeUsed({ also: ["tags", "bucket-check"] })).toBe(false);
  });

  test("works with a bucket key: its context is the bucket", () => {
    expect(judged({}, { kmsKeyArn })("kms:Decrypt", key, viaS3("arn:aws:s3:::lake"))).toBe(true);
  });

  test.each([
    ["directly", {}],
    ["without saying for what", { "kms:ViaService": "s3.eu-central-1.amazonaws.com" }],
    ["through another service", { ...inside, "kms:ViaService": "ebs.eu-central-1.amazonaws.com" }],
    ["in another region", { ...inside, "kms:ViaService": "s3.us-east-1.amazonaws.com" }],
    ["for a sibling", viaS3("arn:aws:s3:::lake/t10/a")],
    ["for another bucket", viaS3("arn:aws:s3:::lake2")],
  ])("is of no use %s", (_, context) => {
    expect(judged({}, { kmsKeyArn })("kms:Decrypt", key, context)).toBe(false);
  });

  test("may be one of several", () => {
    const other = `${key}c`;
    const may = judged({}, { kmsKeyArn: [key, other] });
    for (const one of [key, other]) expect(may("kms:Decrypt", one, inside)).toBe(true);
    expect(may("kms:Decrypt", `${key}d`, inside)).toBe(false);
    expect(compilePolicy(scope(), { ...setting, kmsKeyArn: [key] })).toBe(
      compilePolicy(scope(), { ...setting, kmsKeyArn: key }),
    );
    const many = Array.from({ length: 25 }, (_, at) => `${key}${at}`);
    expect(refusal(() => judged({}, { kmsKeyArn: many })).code).toBe("policy_too_large");
  });

  test("is the only key in the policy, and without one the policy has no key", () => {
    expect(judged({}, { kmsKeyArn })("kms:Decrypt", `${key}c`, inside)).toBe(false);
    expect(judged()("kms:Decrypt", key, inside)).toBe(false);
  });
});

describe("size", () => {
  const long = (count: number) =>
    Array.from({ length: count }, (_, at) => `${"warehouse/sales/".repeat(2)}table-${at + 100}-abcde/`);

  test("ten prefixes of 48 characters fit", () => {
    expect(long(1)[0]).toHaveLength(48);
    const policy = compilePolicy(scope({ bucket: "b".repeat(31), prefixes: long(10) }), setting);
    expect(policy.length).toBeLessThanOrEqual(mostPolicyCharacters);
  });

  test("a policy above 2,048 characters is refused, and the refusal says by how many and what to do", () => {
    // One prefix of ASCII letters stands twice in its policy.
    const fixed = compilePolicy(scope({ prefixes: ["a/"] }), setting).length - 4;
    const fits = (2048 - fixed) / 2;
    const prefix = (length: number) => `${"a".repeat(length - 1)}/`;
    expect(compilePolicy(scope({ prefixes: [prefix(Math.floor(fits))] }), setting).length).toBeGreaterThan(
      2046,
    );
    const error = refusal(() => compilePolicy(scope({ prefixes: [prefix(Math.ceil(fits) + 10)] }), setting));
    expect(error.code).toBe("policy_too_large");
    expect(error.message).toMatch(/this prefix is 2[01] characters longer than the 2048.*Ask for/);
  });

  test("is counted in bytes outside of AWS, where STS does so", () => {
    // The prefix stands twice in the policy. It has 800 characters, and twice as many bytes.
    const prefix = `${"ÿ".repeat(799)}/`;
    expect(compilePolicy(scope({ prefixes: [prefix] }), setting).length).toBeLessThan(mostPolicyCharacters);
    const dialect = dialectOf(undefined, false);
    const error = refusal(() => compilePolicy(scope({ prefixes: [prefix] }), { ...setting, dialect }));
    expect(error.code).toBe("policy_too_large");
    expect(error.message).toMatch(/is \d+ bytes longer than the 2048/);
    // MinIO reads the policy and counts what Go's encoder writes of it: six bytes for each of these.
    const escaped = (character: string) => () =>
      compilePolicy(scope({ prefixes: [`${character.repeat(200)}/`] }), { ...setting, dialect });
    for (const character of "&<>") expect(refusal(escaped(character)).code).toBe("policy_too_large");
    expect(escaped("+")()).toContain("+");
  });
});

describe("a policy without a statement is never sent as no policy", () => {
  test.each<[string, Partial<Scope>]>([
    ["no prefix", { prefixes: [] }],
    ["a prefix that is no folder", { prefixes: ["t1"] }],
    ["no bucket", { bucket: "" }],
    ["a bucket with a folder in it", { bucket: "lake/t1" }],
  ])("a scope with %s does not compile", (_, overrides) => {
    expect(refusal(() => compilePolicy(scope(overrides), setting)).code).toBe("internal");
  });
});
