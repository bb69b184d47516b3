import { describe, expect, test } from "vitest";
import { parseConfig } from "../../infra/config/parse-config.ts";
import { deploymentOf } from "../../infra/deployment.ts";

const lake = { bucket: "lake", region: "eu-central-1" };
const own = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:own/key-AbCdEf";
const role = "arn:aws:iam::123456789012:role/lake";

const issuers = { corp: { issuer: "https://login.example.com", audience: "keyvend" } };

function deployment(storages: Record<string, object>, grants: object[] = []) {
  return deploymentOf(parseConfig({ issuers, storages, grants }));
}

function resourcesOf(storages: Record<string, object>, action: string, grants: object[] = []) {
  return deployment(storages, grants)
    .issuing.Statement.filter(({ Action }) => Action.includes(action))
    .flatMap(({ Resource }) => Resource);
}

test("a secret given by name is made, without a value, and kept when the stack goes, unless it never came to be", () => {
  const { Resources } = deployment({
    lake: { ...lake, issue: "session-token", secret: "keyvend/lake" },
  }).storageSecrets;
  expect(Object.values(Resources)).toEqual([
    {
      Type: "AWS::SecretsManager::Secret",
      DeletionPolicy: "RetainExceptOnCreate",
      UpdateReplacePolicy: "Retain",
      Properties: { Name: "keyvend/lake", Description: expect.any(String) },
    },
  ]);
});

test("a secret given by ARN is read and not made", () => {
  const storages = { lake: { ...lake, issue: "session-token", secret: own } };
  expect(deployment(storages).storageSecrets.Resources).toEqual({});
  expect(resourcesOf(storages, "secretsmanager:GetSecretValue")).toEqual([{ Ref: "SealingKey" }, own]);
});

test("a secret that two storages share is made once and allowed once", () => {
  const storages = {
    one: { ...lake, issue: "federation-token", secret: "keyvend/shared" },
    two: { ...lake, issue: "federation-token", secret: "keyvend/shared" },
  };
  const made = Object.keys(deployment(storages).storageSecrets.Resources);
  expect(made).toHaveLength(1);
  expect(resourcesOf(storages, "secretsmanager:GetSecretValue")).toEqual([
    { Ref: "SealingKey" },
    { Ref: made[0] },
  ]);
});

test("names that differ only in punctuation are two secrets", () => {
  const storages = {
    one: { ...lake, issue: "session-token", secret: "keyvend/a-b" },
    two: { ...lake, issue: "session-token", secret: "keyvend/a/b" },
  };
  expect(Object.keys(deployment(storages).storageSecrets.Resources)).toHaveLength(2);
});

test("a role is assumed by the function where no secret stands for it, and only there", () => {
  const byFunction = { lake: { ...lake, issue: "assume-role", roleArn: role } };
  const bySecret = { lake: { ...lake, issue: "assume-role", roleArn: role, secret: "keyvend/lake" } };
  const byCaller = { lake: { ...lake, issue: "web-identity", roleArn: role } };
  expect(resourcesOf(byFunction, "sts:AssumeRole")).toEqual([role]);
  expect(resourcesOf(bySecret, "sts:AssumeRole")).toEqual([]);
  expect(resourcesOf(byCaller, "sts:AssumeRole")).toEqual([]);
});

describe("of a role that the function assumes, its sessions", () => {
  const byFunction = { ...lake, issue: "assume-role", roleArn: role };
  const bySecret = { ...byFunction, secret: "keyvend/lake" };
  const grant = { name: "all", issuer: "corp", subject: "*", storage: "lake", permission: "READ" };
  const tagging = { ...grant, sessionTags: { team: "data" } };
  const naming = { ...grant, sourceIdentity: "someone" };

  test.each([
    ["sts:TagSession", tagging],
    ["sts:SetSourceIdentity", naming],
  ])("may be told what a grant says of them by %s, and nothing else", (action, telling) => {
    const others = ["sts:TagSession", "sts:SetSourceIdentity"].filter((other) => other !== action);
    expect(resourcesOf({ lake: byFunction }, action, [telling])).toEqual([role]);
    for (const other of others) expect(resourcesOf({ lake: byFunction }, other, [telling])).toEqual([]);
  });

  test("may be named after the principal where the storage says so", () => {
    const named = { ...byFunction, sessions: "per-principal", sourceIdentity: true };
    expect(resourcesOf({ lake: named }, "sts:SetSourceIdentity", [grant])).toEqual([role]);
  });

  test.each([
    ["no grant says anything of them", byFunction, [grant]],
    ["the grant is in audit mode", byFunction, [{ ...tagging, ...naming, mode: "audit" }]],
    ["the secret's key assumes the role", bySecret, [{ ...tagging, ...naming }]],
  ])("are told nothing where %s", (_where, storage, grants) => {
    for (const action of ["sts:TagSession", "sts:SetSourceIdentity"])
      expect(resourcesOf({ lake: storage }, action, grants)).toEqual([]);
  });
});

test("a storage that vends nothing needs nothing but the sealing key", () => {
  const storages = { lake: { ...lake, issue: "none" } };
  expect(deployment(storages).issuing.Statement.flatMap(({ Resource }) => Resource)).toEqual([
    { Ref: "SealingKey" },
  ]);
});

describe("of the keys that are rotated", () => {
  const rotated = (change: object) => ({ ...lake, issue: "federation-token", ...change });
  const one = rotated({ secret: own, rotation: { user: "teams/data/lake", everyDays: 90 } });
  const two = rotated({ secret: "keyvend/two", rotation: { everyDays: 30 } });

  test("exactly the users, and exactly the secrets, are the rotate function's to change", () => {
    const { Resources } = deployment({ one, two, other: rotated({ secret: "keyvend/other" }) }).rotation;
    const user = (name: string) => ({
      "Fn::Sub": `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:user/${name}`,
    });
    const secrets = [own, { Ref: expect.stringMatching(/^StorageSecret[0-9a-f]{16}$/) }];
    const itself = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${Table}-rotate";
    expect(Resources).toEqual({
      RotateRights: {
        Type: "AWS::IAM::RolePolicy",
        Properties: {
          RoleName: { Ref: "RotateRole" },
          PolicyName: "rotate",
          PolicyDocument: {
            Version: "2012-10-17",
            Statement: [
              {
                Sid: "PutKeys",
                Effect: "Allow",
                Action: [
                  "secretsmanager:DescribeSecret",
                  "secretsmanager:GetSecretValue",
                  "secretsmanager:PutSecretValue",
                  "secretsmanager:UpdateSecretVersionStage",
                  "secretsmanager:RotateSecret",
                ],
                Resource: secrets,
              },
              {
                Sid: "NoteThem",
                Effect: "Allow",
                Action: ["secretsmanager:TagResource"],
                Resource: secrets,
                Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": ["keyvend:rotation"] } },
              },
              {
                Sid: "ReplaceKeys",
                Effect: "Allow",
                Action: [
                  "iam:ListAccessKeys",
                  "iam:GetAccessKeyLastUsed",
                  "iam:CreateAccessKey",
                  "iam:UpdateAccessKey",
                  "iam:DeleteAccessKey",
                ],
                Resource: [user("teams/data/lake"), user("${Table}-${AWS::Region}-two")],
              },
              {
                Sid: "NameItself",
                Effect: "Allow",
                Action: ["lambda:InvokeFunction"],
                Resource: [{ "Fn::Sub": itself }],
              },
            ],
          },
        },
      },
    });
  });

  test("there are no rights where none is", () => {
    expect(deployment({ other: rotated({ secret: "keyvend/other" }) }).rotation.Resources).toEqual({});
  });
});
