import { expect, test } from "vitest";
import { accountOfStack, cloudFormationOf } from "../../../infra/iam/cloudformation.ts";
import { deployerOf } from "../../../infra/iam/deployer.ts";
import { expected } from "./expected.ts";

const target = { stage: "prod", region: "eu-central-1" };
const account = "111122223333";
const issuers = {
  github: { issuer: "https://token.actions.githubusercontent.com", audience: "keyvend" },
};
const place = { region: "eu-central-1" };
const grant = { issuer: "github", subject: "repo:acme/*", permission: "READWRITE" };

/** The template of storages, each with a grant. */
function templateOf(storages: Record<string, object>, options = {}) {
  const grants = Object.keys(storages).map((storage) => ({ ...grant, name: storage, storage }));
  const [iam] = expected({ issuers, storages, grants }, options);
  return cloudFormationOf(iam ?? expect.unreachable(), target);
}
const resourcesOf = (template: ReturnType<typeof templateOf>, type: string) =>
  Object.values(
    template.Resources as Record<string, { Type: string; Condition?: string; Properties: object }>,
  ).filter(({ Type }) => Type === type);

const lake = { ...place, bucket: "lake", issue: "assume-role", roleArn: `arn:aws:iam::${account}:role/lake` };
const other = { ...lake, bucket: "other", roleArn: "arn:aws:iam::444455556666:role/other" };

test("a role is made in its own account alone", () => {
  const template = templateOf({ lake, other }, { account });
  expect(resourcesOf(template, "AWS::IAM::Role").map(({ Condition }) => Condition)).toEqual([
    `InAccount${account}`,
    "InAccount444455556666",
  ]);
  expect(template.Conditions).toMatchObject({
    InAccount444455556666: { "Fn::Equals": [{ Ref: "AWS::AccountId" }, "444455556666"] },
  });
});

test("an issuer is made unless the account knows it, and a bucket's policy is put only if it is asked for", () => {
  const web = { ...lake, issue: "web-identity" };
  const template = templateOf({ web });
  const [issuer] = resourcesOf(template, "AWS::IAM::OIDCProvider");
  const [bucket] = resourcesOf(template, "AWS::S3::BucketPolicy");
  expect(issuer?.Properties).toEqual({
    Url: "https://token.actions.githubusercontent.com",
    ClientIdList: ["keyvend"],
  });
  const conditions = template.Conditions ?? {};
  const both = conditions[issuer?.Condition ?? ""] as { "Fn::And": { Condition: string }[] };
  const names = both["Fn::And"].map(({ Condition }) => Condition);
  const [isThere = "", ...more] = Object.keys(template.Parameters ?? {});
  expect(names).toEqual([`InAccount${account}`, `Make${isThere.replace(/IsThere$/, "")}`]);
  expect(conditions[names[1] ?? ""]).toEqual({ "Fn::Not": [{ "Fn::Equals": [{ Ref: isThere }, "true"] }] });
  expect(bucket?.Condition).toBe("PutBucketPolicies");
  expect(more).toEqual(["BucketPolicies"]);
  for (const parameter of Object.values(template.Parameters ?? {}))
    expect(parameter).toMatchObject({ Default: "false", AllowedValues: ["true", "false"] });
});

test("a user that is there already gets its policy, and is not made", () => {
  const session = { ...place, bucket: "lake", issue: "session-token", secret: "lake" };
  const made = templateOf({ session });
  expect(resourcesOf(made, "AWS::IAM::User")).toHaveLength(1);
  const given = templateOf({ session }, { users: new Map([["session", "owner"]]) });
  expect(resourcesOf(given, "AWS::IAM::User")).toEqual([]);
  expect(resourcesOf(given, "AWS::IAM::ManagedPolicy")[0]?.Properties).toMatchObject({ Users: ["owner"] });
});

test("the stack's account stands where none is known, and other variables stay texts of IAM", () => {
  const federated = { ...place, bucket: "s3://lake/a*", issue: "federation-token", secret: "lake" };
  const [iam] = expected(
    { issuers, storages: { federated }, grants: [{ ...grant, name: "all", storage: "federated" }] },
    { unknownAccount: accountOfStack },
  );
  const [user] = iam?.users ?? [];
  const policy = { Version: "2012-10-17" as const, Statement: [...(user?.policy?.Statement ?? [])] };
  policy.Statement.push({
    Effect: "Deny",
    Action: ["s3:*"],
    Resource: [`arn:aws:x::${accountOfStack}:\${*}`],
  });
  const users = user ? [{ ...user, policy }] : [];
  const template = cloudFormationOf({ roles: [], providers: [], buckets: [], users }, target);
  const [managed] = resourcesOf(template, "AWS::IAM::ManagedPolicy");
  const text = JSON.stringify(managed);
  expect(text).toContain('{"Fn::Sub":"arn:aws:sts::${AWS::AccountId}:federated-user/keyvend-federated"}');
  expect(text).toContain('"arn:aws:s3:::lake/a${*}/*"');
  expect(text).toContain('{"Fn::Sub":"arn:aws:x::${AWS::AccountId}:${!*}"}');
  expect(managed).not.toHaveProperty("Condition");
});

test("the deployer's policies are the same ones whether the account is known or not", () => {
  // Where a policy is full, and the next one begins, comes with the length of the names.
  for (let length = 1; length <= 20; length++) {
    const setting = { stage: "s".repeat(length), region: "us-east-1", options: {} };
    const there = JSON.stringify(deployerOf({ ...setting, account: accountOfStack }).policies);
    expect(JSON.parse(there.replaceAll(accountOfStack, account))).toEqual(
      deployerOf({ ...setting, account }).policies,
    );
  }
});
