import { describe, expect, test } from "vitest";
import { parseConfig } from "../../infra/config/parse-config.ts";
import { atStage, deploymentOf } from "../../infra/deployment.ts";

const lake = { bucket: "lake", region: "eu-central-1" };
const own = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:own/key-AbCdEf";
const role = "arn:aws:iam::123456789012:role/lake";

const issuers = { corp: { issuer: "https://login.example.com", audience: "keyvend" } };

function deployment(storages: Record<string, object>, grants: object[] = []) {
  return deploymentOf(atStage(parseConfig({ issuers, storages, grants }), "prod"));
}

function resourcesOf(storages: Record<string, object>, action: string, grants: object[] = []) {
  return deployment(storages, grants)
    .issuing.Statement.filter(({ Action }) => Action.includes(action))
    .flatMap(({ Resource }) => Resource);
}

const prefix = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:";
const named = (name: string) => ({ "Fn::Sub": `${prefix}${name}-??????` });
const read = "secretsmanager:GetSecretValue";

test("a secret given by name is read by the ARN that AWS will give it, and by no longer one", () => {
  const storages = { lake: { ...lake, issue: "session-token", secret: "keyvend/lake" } };
  expect(resourcesOf(storages, read)).toEqual([{ Ref: "SealingKey" }, named("keyvend/lake")]);
});

test("a secret without a slash is the stage's own", () => {
  const storages = { lake: { ...lake, issue: "session-token", secret: "lake" } };
  expect(resourcesOf(storages, read)).toEqual([{ Ref: "SealingKey" }, named("keyvend-prod/lake")]);
});

test("a secret given by ARN is read by just that", () => {
  const storages = { lake: { ...lake, issue: "session-token", secret: own } };
  expect(resourcesOf(storages, read)).toEqual([{ Ref: "SealingKey" }, own]);
});

test("a secret that two storages share is allowed once", () => {
  const storages = {
    one: { ...lake, issue: "federation-token", secret: "shared" },
    two: { ...lake, issue: "federation-token", secret: "keyvend-prod/shared" },
  };
  expect(resourcesOf(storages, read)).toEqual([{ Ref: "SealingKey" }, named("keyvend-prod/shared")]);
});

test("nothing but the secrets' names depends on the stage", () => {
  const config = parseConfig({
    issuers,
    storages: {
      lake: { ...lake, issue: "session-token", secret: "lake" },
      open: { ...lake, issue: "none" },
      "by-role": { ...lake, issue: "assume-role", roleArn: role },
    },
    grants: [],
  });
  const { storages, ...rest } = atStage(config, "prod");
  expect(storages.get("lake")).toEqual({ ...config.storages.get("lake"), secret: "keyvend-prod/lake" });
  for (const name of ["open", "by-role"]) expect(storages.get(name)).toEqual(config.storages.get(name));
  expect({ ...rest, storages: config.storages }).toEqual(config);
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
    const named =
      "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:keyvend/two-??????";
    const secrets = [own, { "Fn::Sub": named }];
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
