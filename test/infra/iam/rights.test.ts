import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../infra/config/parse-config.ts";
import { policyOf } from "../../../infra/iam/policy-document.ts";
import { rightsOn } from "../../../infra/iam/rights.ts";
import { evaluate, parsePolicy } from "../../../infra/local/aws/iam/evaluate.ts";
import { type OperationGroup, operationGroups, type Permission } from "../../../shared/contract.ts";
import type { Grant } from "../../../shared/core/grant.ts";
import { groupsWithin } from "../../../shared/core/operations.ts";
import { statementsOf } from "../../../shared/core/policy.ts";
import { contains } from "../../../shared/core/prefix.ts";
import type { Storage } from "../../../shared/core/storage.ts";
import { sampleStorage } from "../../vending/samples.ts";

const numRuns = Number(process.env["KEYVEND_PROPERTY_RUNS"] ?? 300);

const bucket = "arn:aws:s3:::lake";
const lake = sampleStorage("assume-role", { prefix: "w/" });

function grantOf(change: Partial<Grant>): Grant {
  return {
    ...{ name: "g", storage: "lake", issuer: ["company"], claims: {} },
    ...{ prefix: "", permission: "READ", maxDurationSeconds: 3_600, mode: "enforce", ...change },
  };
}

/** What the judge says of an identity that has these rights. */
function judgeOf(storage: Storage, grants: readonly Grant[], options = {}) {
  const policy = policyOf(rightsOn(storage, grants, options));
  const identity = policy ? [parsePolicy(JSON.stringify(policy))] : [];
  return (action: string, resource: string, context: Record<string, string> = {}) =>
    evaluate({ identity }, { action, resource, context }) === "allowed";
}

describe("the rights on a storage", () => {
  test("are those of its grants together, each right once", () => {
    const statements = rightsOn(lake, [
      grantOf({ prefix: "raw/" }),
      grantOf({ prefix: "raw/deep/", permission: "READWRITE" }),
      grantOf({ prefix: "out/", permission: "WRITE" }),
    ]);
    expect(statements).toEqual([
      { Effect: "Allow", Action: ["s3:GetObject"], Resource: [`${bucket}/w/raw/*`] },
      { Effect: "Allow", Action: ["s3:GetBucketLocation"], Resource: [bucket] },
      {
        Effect: "Allow",
        Action: ["s3:ListBucket"],
        Resource: [bucket],
        Condition: { StringLike: { "s3:prefix": ["w/raw/*"] } },
      },
      {
        Effect: "Allow",
        Action: ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
        Resource: [`${bucket}/w/out/*`, `${bucket}/w/raw/deep/*`],
      },
    ]);
  });

  test.each([
    ["tenants/${claims.tenant}/", "w/tenants/*"],
    ["tenants/t-${claims.tenant}/data/", "w/tenants/t-*"],
    ["${team}/", "w/*"],
    ["plain/", "w/plain/*"],
  ])("on the template %s are on %s", (prefix, place) => {
    const [objects, , list] = rightsOn(lake, [grantOf({ prefix })]);
    expect(objects?.Resource).toEqual([`${bucket}/${place}`]);
    expect(list?.Condition).toEqual({ StringLike: { "s3:prefix": [place] } });
  });

  test("of templates in a whole bucket list no more than a prefix of it, and its uploads not at all", () => {
    const root = { ...lake, prefix: "" };
    const may = judgeOf(root, [grantOf({ prefix: "${claims.tenant}/", permission: "READWRITE" })]);
    expect(may("s3:ListBucket", bucket, { "s3:prefix": "acme/" })).toBe(true);
    expect(may("s3:ListBucket", bucket)).toBe(false);
    expect(may("s3:ListBucketMultipartUploads", bucket)).toBe(false);
  });

  test("are none where nothing is granted", () => {
    expect(rightsOn(lake, [])).toEqual([]);
  });

  test("may be on the whole prefix, with the operations that some grant has", () => {
    const grants = [grantOf({ prefix: "raw/" }), grantOf({ prefix: "${team}/x/", also: ["tags"] })];
    const may = judgeOf(lake, grants, { whole: true });
    expect(may("s3:GetObject", `${bucket}/w/anything`)).toBe(true);
    expect(may("s3:GetObjectTagging", `${bucket}/w/anything`)).toBe(true);
    expect(may("s3:PutObject", `${bucket}/w/anything`)).toBe(false);
    expect(may("s3:GetObject", `${bucket}/x`)).toBe(false);
  });

  test("use the storage's keys for the same objects alone", () => {
    const kmsKeyArn = "arn:aws:kms:eu-central-1:111122223333:key/1234";
    const may = judgeOf({ ...lake, kmsKeyArn }, [
      grantOf({ prefix: "t/${claims.t}/", permission: "READWRITE" }),
    ]);
    const through = { "kms:ViaService": "s3.eu-central-1.amazonaws.com" };
    const on = (key: string) => ({ ...through, "kms:EncryptionContext:aws:s3:arn": `${bucket}/${key}` });
    expect(may("kms:GenerateDataKey", kmsKeyArn, on("w/t/acme/x"))).toBe(true);
    expect(may("kms:Decrypt", kmsKeyArn, on("w/u/x"))).toBe(false);
    expect(
      may("kms:Decrypt", kmsKeyArn, { "kms:EncryptionContext:aws:s3:arn": `${bucket}/w/t/acme/x` }),
    ).toBe(false);
  });
});

// Whatever a caller is vended is within the rights, and what no grant names is not.
const segment = fc.constantFrom("a", "ab", "b", "t*", "q?", "d$", "${*}", "x-", "ÿ", "a b");
const value = fc.constantFrom("a", "ab", "b", "c.d", "1");
const piece = fc.oneof(
  { weight: 3, arbitrary: segment },
  { weight: 1, arbitrary: fc.constantFrom("${claims.one}", "x-${two}", "${two}-y") },
);
const template = fc.array(piece, { maxLength: 3 }).map((pieces) => pieces.map((each) => `${each}/`).join(""));
const permission = fc.constantFrom<Permission>("READ", "WRITE", "READWRITE");
const anyGrant = fc
  .record({ prefix: template, permission, also: fc.subarray<OperationGroup>([...operationGroups]) })
  .map(({ also, ...rest }) => grantOf({ ...rest, also: groupsWithin(rest.permission, also) }));
const anyStorage = fc
  .record({ prefix: fc.constantFrom("", "w/", "w*/x/"), key: fc.boolean() })
  .map(({ prefix, key }) => ({
    ...lake,
    prefix,
    ...(key && { kmsKeyArn: "arn:aws:kms:eu-central-1:111122223333:key/1234" }),
  }));

const filledIn = (prefix: string, one: string, two: string) =>
  prefix.replaceAll("${claims.one}", one).replaceAll("${two}", two);

/** A text that a pattern of a compiled policy means. */
const example = (pattern: string, rest: string) =>
  pattern.replace(/\*$/, rest).replace(/\$\{([*?$])\}/g, "$1");

test("all that a grant gives any caller is within the rights", () => {
  fc.assert(
    fc.property(
      anyStorage,
      fc.array(anyGrant, { minLength: 1, maxLength: 4 }),
      value,
      value,
      (storage, grants, one, two) => {
        const may = judgeOf(storage, grants);
        for (const { prefix, permission: allowed, also } of grants) {
          const prefixes = [storage.prefix + filledIn(prefix, one, two)];
          const scope = { bucket: "lake", prefixes, permission: allowed, ...(also && { also }) };
          for (const { Action, Resource, Condition = {} } of statementsOf(scope, storage)) {
            const { StringLike = {}, StringEquals = {} } = Condition;
            const [[key, places] = ["none", ["*"]]] = Object.entries(StringLike);
            const fixed = Object.fromEntries(
              Object.entries(StringEquals).map(([name, [text = ""]]) => [name, text]),
            );
            for (const action of Action)
              for (const resource of Resource)
                for (const rest of ["", "deep/key"])
                  for (const pattern of places) {
                    const context = { ...fixed, ...(key !== "none" && { [key]: example(pattern, rest) }) };
                    expect(may(action, example(resource, rest), context), `${action} ${resource}`).toBe(true);
                  }
          }
        }
      },
    ),
    { numRuns },
  );
});

test("what lies in front of no grant's first reference is not within the rights", () => {
  fc.assert(
    fc.property(
      anyStorage,
      fc.array(anyGrant, { minLength: 1, maxLength: 4 }),
      template,
      (storage, grants, other) => {
        const key = `${filledIn(other, "zz", "zz")}key`;
        const heads = grants.map(({ prefix }) => storage.prefix + (prefix.split("${")[0] ?? ""));
        const isIn = heads.some((head) =>
          head === "" || head.endsWith("/") ? contains(head, key) : key.startsWith(head),
        );
        fc.pre(!isIn);
        const may = judgeOf(storage, grants);
        for (const action of [
          "s3:PutObject",
          "s3:DeleteObject",
          "s3:GetObjectTagging",
          "s3:PutObjectRetention",
        ])
          expect(may(action, `${bucket}/${key}`), action).toBe(false);
        expect(may("s3:GetObject", `arn:aws:s3:::lake-2/${key}`)).toBe(false);
      },
    ),
    { numRuns },
  );
});

test("a configuration's own grants are read as they are written", () => {
  const config = parseConfig({
    issuers: { company: { issuer: "https://login.example.com", audience: "keyvend" } },
    storages: { lake: { bucket: "lake", region: "eu-central-1", issue: "federation-token", secret: "a/b" } },
    grants: [
      { name: "a", issuer: "company", subject: "*", storage: "lake", prefix: "no-slash", permission: "READ" },
    ],
  });
  const storage = config.storages.get("lake") ?? expect.unreachable();
  expect(rightsOn(storage, config.grants.all)[0]?.Resource).toEqual([`${bucket}/no-slash/*`]);
});
