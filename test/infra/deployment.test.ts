import { expect, test } from "vitest";
import { parseConfig } from "../../infra/config/parse-config.ts";
import { deploymentOf } from "../../infra/deployment.ts";

const lake = { bucket: "lake", region: "eu-central-1" };
const own = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:own/key-AbCdEf";
const role = "arn:aws:iam::123456789012:role/lake";

function deployment(storages: Record<string, object>) {
  return deploymentOf(parseConfig({ issuers: {}, storages, grants: [] }));
}

function resourcesOf(storages: Record<string, object>, action: string) {
  return deployment(storages)
    .issuing.Statement.filter(({ Action }) => Action.includes(action))
    .flatMap(({ Resource }) => Resource);
}

test("a secret given by name is made, without a value, and kept when the stack goes", () => {
  const { Resources } = deployment({
    lake: { ...lake, issue: "session-token", secret: "keyvend/lake" },
  }).storageSecrets;
  expect(Object.values(Resources)).toEqual([
    {
      Type: "AWS::SecretsManager::Secret",
      DeletionPolicy: "Retain",
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
    one: { ...lake, issue: "session-token", secret: "keyvend/shared" },
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

test("a storage that vends nothing needs nothing but the sealing key", () => {
  const storages = { lake: { ...lake, issue: "none" } };
  expect(deployment(storages).issuing.Statement.flatMap(({ Resource }) => Resource)).toEqual([
    { Ref: "SealingKey" },
  ]);
});
