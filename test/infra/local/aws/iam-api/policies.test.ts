import {
  DeleteRolePolicyCommand,
  DeleteUserPolicyCommand,
  GetRolePolicyCommand,
  GetUserPolicyCommand,
  ListAccessKeysCommand,
  ListAttachedRolePoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListRolePoliciesCommand,
  ListUserPoliciesCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { AssumeRoleCommand, GetFederationTokenCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { expect, test } from "vitest";
import { allow, createWorld, folderPolicy, guestKey, keysOf, lakeKey, refusalOf, roleArn } from "../world.ts";

const refused = ["AccessDenied", 403];
const answered = ["not refused", 200];
const list = () => new ListObjectsV2Command({ Bucket: "lake", Prefix: "t1/" });
const readSecret = () => new GetSecretValueCommand({ SecretId: "lake/key" });

/** A Deny for the sessions that were issued before a time. */
function denyBefore(time: number, condition: object = {}): string {
  const Condition = { DateLessThan: { "aws:TokenIssueTime": new Date(time).toISOString() }, ...condition };
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Deny", Action: "*", Resource: "*", Condition }],
  });
}

test("a policy is shown as it was put, percent-encoded, until it is deleted", async () => {
  const { iam } = await createWorld();
  const PolicyDocument = `{\n "Version": "2012-10-17",\n "Statement": [{"Effect":"Allow","Action":"s3:Get*","Resource":"*","Sid":"a1"}] }`;
  const user = { UserName: "guest", PolicyName: "access" };
  await iam().send(new PutUserPolicyCommand({ ...user, PolicyDocument }));
  const shown = await iam().send(new GetUserPolicyCommand(user));
  expect(shown.PolicyDocument).toContain("s3%3AGet%2A");
  expect(decodeURIComponent(shown.PolicyDocument ?? "")).toBe(PolicyDocument);
  expect((await iam().send(new ListUserPoliciesCommand({ UserName: "guest" }))).PolicyNames).toEqual([
    "access",
  ]);
  await iam().send(new DeleteUserPolicyCommand(user));
  expect((await iam().send(new ListUserPoliciesCommand({ UserName: "guest" }))).PolicyNames).toEqual([]);
  expect(await refusalOf(iam().send(new GetUserPolicyCommand(user)))).toEqual(["NoSuchEntityException", 404]);
  expect(await refusalOf(iam().send(new DeleteUserPolicyCommand(user)))).toEqual([
    "NoSuchEntityException",
    404,
  ]);

  const role = { RoleName: "reader", PolicyName: "more" };
  await iam().send(new PutRolePolicyCommand({ ...role, PolicyDocument }));
  expect(decodeURIComponent((await iam().send(new GetRolePolicyCommand(role))).PolicyDocument ?? "")).toBe(
    PolicyDocument,
  );
  const names = new ListRolePoliciesCommand({ RoleName: "reader" });
  expect((await iam().send(names)).PolicyNames).toEqual(["more", "policy-1"]);
  await iam().send(new DeleteRolePolicyCommand(role));
  expect((await iam().send(names)).PolicyNames).toEqual(["policy-1"]);
  for (const command of [
    new ListAttachedUserPoliciesCommand({ UserName: "guest" }),
    new ListAttachedRolePoliciesCommand({ RoleName: "reader" }),
  ])
    expect(await iam().send(command as ListAttachedUserPoliciesCommand)).toMatchObject({
      AttachedPolicies: [],
      IsTruncated: false,
    });
});

test("a policy counts from the next request on, for each service", async () => {
  const { iam, s3, secrets, sts } = await createWorld();
  const all = JSON.stringify(
    allow(["s3:ListBucket", "secretsmanager:*", "sts:*", "iam:ListAccessKeys"], "*"),
  );
  const calls = [
    () => s3(guestKey).send(list()),
    () => secrets(guestKey).send(readSecret()),
    () => sts(guestKey).send(new GetFederationTokenCommand({ Name: "job" })),
    () => iam(guestKey).send(new ListAccessKeysCommand()),
  ];
  const statuses = async () => Promise.all(calls.map(async (call) => (await refusalOf(call()))[1]));
  expect(await statuses()).toEqual([403, 400, 403, 403]);
  await iam().send(new PutUserPolicyCommand({ UserName: "guest", PolicyName: "all", PolicyDocument: all }));
  expect(await statuses()).toEqual([200, 200, 200, 200]);
  await iam().send(new DeleteUserPolicyCommand({ UserName: "guest", PolicyName: "all" }));
  expect(await statuses()).toEqual([403, 400, 403, 403]);
});

test("a Deny on the time of issue ends a role's earlier sessions, and no later ones", async () => {
  const { clock, iam, s3, sts } = await createWorld();
  const assume = async (name: string) => {
    const command = new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: name });
    return s3(keysOf((await sts().send(command)).Credentials));
  };
  const [alice, bob] = [await assume("alice"), await assume("bob")];
  clock.aheadMs = 5_000;
  const PolicyDocument = denyBefore(clock.now(), { StringLike: { "aws:userid": "*:alice" } });
  await iam().send(new PutRolePolicyCommand({ RoleName: "reader", PolicyName: "revoked", PolicyDocument }));
  clock.aheadMs = 7_000;
  expect(await refusalOf(alice.send(list()))).toEqual(refused);
  expect(await refusalOf(bob.send(list()))).toEqual(answered);
  expect(await refusalOf((await assume("alice")).send(list()))).toEqual(answered);
});

test("a Deny on the time of issue ends a user's sessions of both kinds, and not its key", async () => {
  const { clock, iam, s3, sts } = await createWorld();
  const session = s3(keysOf((await sts().send(new GetSessionTokenCommand())).Credentials));
  const federation = new GetFederationTokenCommand({ Name: "job", Policy: folderPolicy("t1/") });
  const federated = s3(keysOf((await sts().send(federation)).Credentials));
  for (const client of [session, federated]) expect(await refusalOf(client.send(list()))).toEqual(answered);
  clock.aheadMs = 5_000;
  const PolicyDocument = denyBefore(clock.now());
  await iam().send(
    new PutUserPolicyCommand({ UserName: "lake-owner", PolicyName: "revoked", PolicyDocument }),
  );
  for (const client of [session, federated]) expect(await refusalOf(client.send(list()))).toEqual(refused);
  expect(await refusalOf(s3(lakeKey).send(list()))).toEqual(answered);
});

test.each([
  ["aws:userid", "${aws:userid}", "AIDA", answered],
  ["aws:username", "lake-owner", "", refused],
  ["aws:PrincipalArn", "arn:aws:iam::123456789012:user/lake-*", "", refused],
  ["aws:PrincipalAccount", "123456789012", "", refused],
  ["aws:SourceIdentity", "*", "", answered],
  ["aws:TokenIssueTime", "*", "", answered],
])("a long-term key's request knows %s", async (key, like, prefix, expected) => {
  const { iam, s3 } = await createWorld();
  const Condition = { StringLike: { [key]: prefix === "" ? like : `${prefix}-no-such-id` } };
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Deny", Action: "*", Resource: "*", Condition }],
  });
  await iam().send(new PutUserPolicyCommand({ UserName: "lake-owner", PolicyName: "deny", PolicyDocument }));
  expect(await refusalOf(s3().send(list()))).toEqual(expected);
});

test("all policies of a user have 2,048 characters together, and those of a role 10,240, without white space", async () => {
  const { iam } = await createWorld();
  const document = (size: number) => {
    const empty = JSON.stringify(allow("s3:GetObject", "arn:aws:s3:::"));
    return JSON.stringify(allow("s3:GetObject", `arn:aws:s3:::${"b".repeat(size - empty.length)}`));
  };
  const put = (name: string, PolicyDocument: string) =>
    refusalOf(iam().send(new PutUserPolicyCommand({ UserName: "guest", PolicyName: name, PolicyDocument })));
  expect(await put("one", document(1_024).replace("{", "{\n   "))).toEqual(answered);
  expect(await put("two", document(1_025))).toEqual(["LimitExceededException", 409]);
  expect(await put("two", document(1_024))).toEqual(answered);
  // What is replaced does not count.
  expect(await put("two", document(1_000))).toEqual(answered);

  const putRole = (PolicyDocument: string) =>
    refusalOf(
      iam().send(
        new PutRolePolicyCommand({ RoleName: "for-one-session", PolicyName: "policy-1", PolicyDocument }),
      ),
    );
  expect(await putRole(document(10_240))).toEqual(answered);
  expect(await putRole(document(10_241))).toEqual(["LimitExceededException", 409]);
});

test.each(["{", "{}", "[]", JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Perhaps" }] })])(
  "%s is no policy, and the one before stays",
  async (PolicyDocument) => {
    const { iam } = await createWorld();
    const command = new PutRolePolicyCommand({ RoleName: "reader", PolicyName: "policy-1", PolicyDocument });
    expect(await refusalOf(iam().send(command))).toEqual(["MalformedPolicyDocumentException", 400]);
    const kept = await iam().send(new GetRolePolicyCommand({ RoleName: "reader", PolicyName: "policy-1" }));
    expect(decodeURIComponent(kept.PolicyDocument ?? "")).toContain("s3:*");
  },
);
