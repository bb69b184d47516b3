/** A rotation on moto's IAM, Secrets Manager and STS: what the function sends is what AWS's services take. */
import { randomUUID } from "node:crypto";
import { IAMClient } from "@aws-sdk/client-iam";
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAskIdentity } from "../../../shared/aws/rotate/key-identity.ts";
import { createKeySecrets } from "../../../shared/aws/rotate/key-secrets.ts";
import { createUserKeys } from "../../../shared/aws/rotate/user-keys.ts";
import { dayMs, hourMs } from "../../../shared/core/rotating-secret.ts";
import { createMakeKey } from "../../../shared/vending/rotate/make-key.ts";
import { createRotateStep, rotationSteps } from "../../../shared/vending/rotate/rotate-step.ts";
import { createTendKey } from "../../../shared/vending/rotate/tend-key.ts";
import { createTestKey } from "../../../shared/vending/rotate/test-key.ts";
import { sampleStorage } from "../../vending/samples.ts";
import { account, region } from "./account.ts";
import { startMotoSide } from "./moto-side.ts";
import type { Side } from "./side.ts";

const secret = "keyvend/rotated";

let moto: Side;
let secretsClient: SecretsManagerClient;
let iam: IAMClient;

beforeAll(async () => {
  moto = await startMotoSide("http://127.0.0.1:1");
  const settings = { region, credentials: moto.userKey, endpoint: moto.secretsManagerEndpoint };
  secretsClient = new SecretsManagerClient(settings);
  iam = new IAMClient({ ...settings, endpoint: moto.iamEndpoint });
});
afterAll(async () => {
  secretsClient?.destroy();
  iam?.destroy();
  await moto?.stop();
});

test("four steps rotate a key, and two later runs take the old one out of use", async () => {
  const first = moto.strangerKey;
  await secretsClient.send(new CreateSecretCommand({ Name: secret, SecretString: JSON.stringify(first) }));
  let aheadMs = 0;
  const clock = {
    now: () => Date.now() + aheadMs,
    async sleep(milliseconds: number) {
      aheadMs += milliseconds;
    },
  };
  const { startSchedule, ...secrets } = createKeySecrets(secretsClient);
  const userKeys = createUserKeys(iam, iam);
  const ports = { secrets, changes: secrets, userKeys, askIdentity: createAskIdentity(region), clock };
  const storage = sampleStorage("federation-token", { secret, region, stsEndpoint: moto.stsEndpoint });
  const rotating = {
    ...{ secret, user: account.stranger, everyDays: 90, storages: [storage] },
    overlapMs: 13 * hourMs,
  };
  const step = createRotateStep({ ...ports, makeKey: createMakeKey(ports), testKey: createTestKey(ports) });
  const VersionId = randomUUID();
  const RotationLambdaARN = `arn:aws:lambda:${region}:123456789012:function:keyvend-test-rotate`;
  const rotate = { SecretId: secret, ClientRequestToken: VersionId, RotationLambdaARN };
  // moto makes the pending version, and fails only then for want of the function, which this test is itself.
  await expect(secretsClient.send(new RotateSecretCommand(rotate))).rejects.toThrow("Resource not found");
  for (const name of [...rotationSteps, ...rotationSteps])
    await step(name, rotating, VersionId, clock.now() + 60_000);

  const stored = await secretsClient.send(new GetSecretValueCommand({ SecretId: secret, VersionId }));
  expect(stored.VersionStages).toEqual(["AWSCURRENT"]);
  const second = JSON.parse(stored.SecretString ?? "");
  const keys = async () => (await userKeys.list(account.stranger)).map(({ id, isActive }) => [id, isActive]);
  expect(await keys()).toEqual([
    [first.accessKeyId, true],
    [second.accessKeyId, true],
  ]);

  // moto has no function that it could invoke, and so no schedule: it would have to be turned on each time.
  const tend = createTendKey({ ...ports, startSchedule: async () => undefined, functionArn: "none" });
  const run = async (hours: number) => {
    aheadMs += hours * hourMs;
    return (await tend(rotating)).oldKey;
  };
  expect([await run(12), await run(2)]).toEqual(["kept", "deactivated"]);
  expect(await keys()).toEqual([
    [first.accessKeyId, false],
    [second.accessKeyId, true],
  ]);
  expect([await run(23), await run(2)]).toEqual(["kept", "deleted"]);
  expect(await keys()).toEqual([[second.accessKeyId, true]]);
  expect(aheadMs).toBeGreaterThan(dayMs);
});
