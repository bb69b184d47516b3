import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { expect, test } from "vitest";
import { createWorld, guestKey, keysOf, lakeKey, refusalOf } from "./world.ts";

const get = new GetSecretValueCommand({ SecretId: "lake/key" });

test("a secret is found by its name, its ARN, and its ARN without the suffix", async () => {
  const { secrets, secretsServer } = await createWorld();
  const byName = await secrets().send(get);
  expect(byName).toMatchObject({ SecretString: "first", VersionStages: ["AWSCURRENT"] });
  const arn = byName.ARN ?? "";
  expect(arn).toMatch(/^arn:aws:secretsmanager:eu-central-1:123456789012:secret:lake\/key-\w{6}$/);
  for (const SecretId of [arn, arn.slice(0, -7)]) {
    expect((await secrets().send(new GetSecretValueCommand({ SecretId }))).SecretString).toBe("first");
  }
  expect(secretsServer.calls("GetSecretValue")).toBe(3);
});

test("a new value becomes the current one, and the one before it the previous one", async () => {
  const { secrets } = await createWorld();
  const read = async (VersionStage: string) => {
    const answer = await secrets().send(new GetSecretValueCommand({ SecretId: "lake/key", VersionStage }));
    return answer.SecretString;
  };
  await secrets().send(new PutSecretValueCommand({ SecretId: "lake/key", SecretString: "second" }));
  expect([await read("AWSCURRENT"), await read("AWSPREVIOUS")]).toEqual(["second", "first"]);
  const pending = { SecretId: "lake/key", SecretString: "third", VersionStages: ["AWSPENDING"] };
  const put = await secrets().send(new PutSecretValueCommand(pending));
  expect([await read("AWSCURRENT"), await read("AWSPREVIOUS"), await read("AWSPENDING")]).toEqual([
    "second",
    "first",
    "third",
  ]);
  const byId = { SecretId: "lake/key", VersionId: put.VersionId };
  expect((await secrets().send(new GetSecretValueCommand(byId))).SecretString).toBe("third");
  expect(await refusalOf(read("AWSOTHER"))).toEqual(["ResourceNotFoundException", 400]);
});

test("a version says when it was made, and can lose its stage", async () => {
  const { secrets, clock } = await createWorld();
  const start = clock.now();
  clock.aheadMs = 7_000;
  await secrets().send(new PutSecretValueCommand({ SecretId: "lake/key", SecretString: "second" }));
  clock.aheadMs = 9_000;
  const previous = new GetSecretValueCommand({ SecretId: "lake/key", VersionStage: "AWSPREVIOUS" });
  const before = await secrets().send(previous);
  expect(before).toMatchObject({ SecretString: "first", VersionStages: ["AWSPREVIOUS"] });
  expect(before.CreatedDate?.getTime()).toBe(start);
  expect((await secrets().send(get)).CreatedDate?.getTime()).toBe(start + 7_000);

  const take = (VersionStage: string, RemoveFromVersionId = before.VersionId) =>
    new UpdateSecretVersionStageCommand({ SecretId: "lake/key", VersionStage, RemoveFromVersionId });
  expect(await secrets().send(take("AWSPREVIOUS"))).toMatchObject({ ARN: before.ARN, Name: "lake/key" });
  expect(await refusalOf(secrets().send(previous))).toEqual(["ResourceNotFoundException", 400]);
  expect(await refusalOf(secrets().send(take("AWSPREVIOUS")))).toEqual(["InvalidParameterException", 400]);
  expect(await refusalOf(secrets().send(take("AWSCURRENT")))).toEqual(["InvalidParameterException", 400]);
  expect(await refusalOf(secrets(guestKey).send(take("AWSPREVIOUS")))).toEqual([
    "AccessDeniedException",
    400,
  ]);
  const byId = { SecretId: "lake/key", VersionId: before.VersionId };
  expect((await secrets().send(new GetSecretValueCommand(byId))).SecretString).toBe("first");
});

test("the same put again is one version, another content under its id is refused", async () => {
  const { secrets } = await createWorld();
  const put = { SecretId: "lake/key", SecretString: "second", ClientRequestToken: "t".repeat(32) };
  const once = await secrets().send(new PutSecretValueCommand(put));
  expect((await secrets().send(new PutSecretValueCommand(put))).VersionId).toBe(once.VersionId);
  const other = secrets().send(new PutSecretValueCommand({ ...put, SecretString: "third" }));
  expect(await refusalOf(other)).toEqual(["ResourceExistsException", 400]);
});

test("a secret is made once, bytes come back as they were", async () => {
  const { secrets } = await createWorld();
  const create = { Name: "binary", SecretBinary: new Uint8Array([0, 255, 7]) };
  await secrets().send(new CreateSecretCommand(create));
  const answer = await secrets().send(new GetSecretValueCommand({ SecretId: "binary" }));
  expect(answer.SecretBinary).toEqual(new Uint8Array([0, 255, 7]));
  const again = secrets().send(new CreateSecretCommand(create));
  expect(await refusalOf(again)).toEqual(["ResourceExistsException", 400]);
});

test("a caller without the right learns nothing about which secrets there are", async () => {
  const { secrets } = await createWorld();
  const missing = new GetSecretValueCommand({ SecretId: "missing" });
  expect(await refusalOf(secrets(guestKey).send(get))).toEqual(["AccessDeniedException", 400]);
  expect(await refusalOf(secrets(guestKey).send(missing))).toEqual(["AccessDeniedException", 400]);
  expect(await refusalOf(secrets().send(missing))).toEqual(["ResourceNotFoundException", 400]);
});

test("wrong secrets, unknown keys, other regions, tampered and expired sessions are refused, each by its own code", async () => {
  const { secrets, sts, clock } = await createWorld();
  const refused = (keys: typeof lakeKey) => refusalOf(secrets(keys).send(get));
  expect(await refused({ ...lakeKey, secretAccessKey: "wrong" })).toEqual(["InvalidSignatureException", 400]);
  expect(await refused({ ...lakeKey, accessKeyId: "AKIA0000000000000000" })).toEqual([
    "UnrecognizedClientException",
    400,
  ]);
  const elsewhere = secrets();
  elsewhere.config.region = async () => "us-east-1";
  expect(await refusalOf(elsewhere.send(get))).toEqual(["InvalidSignatureException", 400]);

  const { Credentials } = await sts().send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
  const keys = keysOf(Credentials);
  expect(await refused(keys)).toEqual(["not refused", 200]);
  const tampered = { ...keys, sessionToken: keys.sessionToken.replace(/^..../, "AAAA") };
  expect(await refused(tampered)).toEqual(["UnrecognizedClientException", 400]);
  clock.aheadMs = 901_000;
  expect(await refused(keys)).toEqual(["ExpiredTokenException", 400]);
});
