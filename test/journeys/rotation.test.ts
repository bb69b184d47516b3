/** A rotation of the emulation's key, by Secrets Manager and the deployed function, while callers vend twenty times a second. */

import { setTimeout as sleep } from "node:timers/promises";
import { IAMClient, ListAccessKeysCommand } from "@aws-sdk/client-iam";
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, expect, test } from "vitest";
import { invoke } from "../../infra/local/api.ts";
import { comeBack } from "../../infra/local/come-back.ts";
import type { Emulation } from "../../infra/local/emulation.ts";
import { operatorKey, tenantsSecret, tenantsUser } from "../../infra/local/local-account.ts";
import { localPorts } from "../../infra/local/ports.ts";
import { startLogged } from "./emulated.ts";

const base = 4_700;
const functionArn = "offline_invokedFunctionArn_for_keyvend-local-rotate";

let emulation: Emulation;
let log: string[];
let secrets: SecretsManagerClient;
let iam: IAMClient;

beforeAll(async () => {
  ({ emulation, log } = await startLogged(base));
  const settings = { region: "us-east-1", credentials: operatorKey };
  secrets = new SecretsManagerClient({ ...settings, endpoint: emulation.backends.secretsManager.url });
  iam = new IAMClient({ ...settings, endpoint: emulation.backends.iam.url });
}, 120_000);

afterAll(async () => {
  secrets?.destroy();
  iam?.destroy();
  await emulation?.close();
});

async function keyOf(VersionStage = "AWSCURRENT"): Promise<{ accessKeyId: string; secretAccessKey: string }> {
  const get = new GetSecretValueCommand({ SecretId: tenantsSecret, VersionStage });
  return JSON.parse((await secrets.send(get)).SecretString ?? "{}");
}

/** Vends by the storage's key, for a folder that nobody has asked for before; the status. */
async function vend(number: number): Promise<number> {
  // A principal may draw 60 misses in ten minutes.
  const token = await emulation.backends.issuer.token({ sub: `caller-${number % 40}`, tenant: "acme" });
  const target = encodeURIComponent(`s3://lake/tenants/acme/${number}/`);
  const path = `/v1/storages/tenants/credentials?target=${target}`;
  const headers = { authorization: `Bearer ${token}` };
  // On a machine that is busy with other tests, STS does not answer within the deadline each time.
  const answer = await comeBack(() => fetch(emulation.api.url + path, { headers }));
  return answer.status;
}

test("callers vend through a rotation, none of them fails, and no line of a log has a key", async () => {
  const before = await keyOf();
  const statuses: number[] = [];
  let isOver = false;
  const vending = [0, 1].map(async () => {
    while (!isOver) {
      statuses.push(await vend(statuses.length));
      // The pace, and not the machine, decides how many folders are drawn before the rotation is over.
      await sleep(100);
    }
  });
  const rotate = { SecretId: tenantsSecret, RotationLambdaARN: functionArn };
  const isDone = async () => (await keyOf()).accessKeyId !== before.accessKeyId;
  let vendedBefore = 0;
  try {
    await secrets.send(new RotateSecretCommand(rotate));
    await expect.poll(isDone, { timeout: 110_000, interval: 500 }).toBe(true);
    vendedBefore = statuses.length;
    await expect.poll(() => statuses.length, { timeout: 30_000 }).toBeGreaterThan(vendedBefore + 10);
  } finally {
    isOver = true;
    await Promise.all(vending);
  }
  const after = await keyOf();
  expect(statuses.filter((status) => status !== 200)).toEqual([]);
  expect(vendedBefore).toBeGreaterThan(10);

  const { AccessKeyMetadata = [] } = await iam.send(new ListAccessKeysCommand({ UserName: tenantsUser }));
  expect(AccessKeyMetadata.map(({ AccessKeyId, Status }) => [AccessKeyId, Status])).toEqual([
    [before.accessKeyId, "Active"],
    [after.accessKeyId, "Active"],
  ]);
  const { VersionIdsToStages = {}, LastRotatedDate } = await secrets.send(
    new DescribeSecretCommand({ SecretId: tenantsSecret }),
  );
  expect(Object.values(VersionIdsToStages).sort()).toEqual([["AWSCURRENT"], ["AWSPREVIOUS"]]);
  expect(LastRotatedDate).toBeInstanceOf(Date);

  const steps = log
    .filter((line) => line.includes('"rotation"'))
    .map((line) => JSON.parse(line).rotation.step);
  expect(steps).toEqual(["createSecret", "setSecret", "testSecret", "finishSecret"]);
  for (const key of [before, after])
    for (const part of Object.values(key)) expect(log.join("\n")).not.toContain(part);
}, 180_000);

test("the daily run finds all in order, turns the schedule on, and says so without a key", async () => {
  log.length = 0;
  expect(await invoke(localPorts(base).lambda, "rotate", {})).toBeFalsy();
  const lines = () =>
    log
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line))
      .filter((line) => "KeyAgeDays" in line || "KeysOverdue" in line);
  await expect.poll(() => lines().length, { timeout: 20_000 }).toBe(2);
  expect(lines()).toMatchObject([
    {
      KeyAgeDays: 0,
      rotation: {
        secret: tenantsSecret,
        user: tenantsUser,
        unknownKeys: 0,
        oldKey: "kept",
        hasNewSchedule: true,
      },
    },
    { KeysOverdue: 0, UnknownKeys: 0 },
  ]);
  expect(log.join()).not.toMatch(/AKIA/);
});
