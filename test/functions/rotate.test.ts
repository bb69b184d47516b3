import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { compileConfig } from "../../functions/config.ts";
import { readRotateEvent } from "../../functions/rotate-event.ts";
import { parseConfig } from "../../infra/config/parse-config.ts";
import {
  createRotationWorld,
  firstKey,
  functionArn,
  functionsKey,
  secret,
} from "../vending/rotate/rotation-world.ts";
import { lambdaContext } from "./context.ts";

// The function as Lambda invokes it, with the events that Secrets Manager and the schedule send.

const scheduled = {
  version: "0",
  id: "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
  "detail-type": "Scheduled Event",
  source: "aws.events",
  account: "123456789012",
  time: "2026-11-22T03:17:00Z",
  region: "us-east-1",
  resources: ["arn:aws:events:us-east-1:123456789012:rule/keyvend-rotate"],
  detail: {},
};
const arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:keyvend-test/lake-AbCdEf";
const token = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
const step = {
  Step: "createSecret",
  SecretId: arn,
  ClientRequestToken: token,
  RotationToken: "9d0a3b2e-9d8a-4a8b-b0c4-1c5c1f1f1f1f",
};

let log: string[];

beforeEach(() => {
  log = [];
  vi.spyOn(process.stdout, "write").mockImplementation((line) => log.push(String(line)) > 0);
});

/** A cold start of the function. `rotation` is that of the storage; absent: its key is not rotated. */
async function start(rotation: object | undefined) {
  const world = await createRotationWorld();
  const folder = await mkdtemp(join(tmpdir(), "keyvend-rotate-"));
  const path = join(folder, "vending.json");
  const document = {
    issuers: { corp: { issuer: "https://login.example.com", audience: "keyvend" } },
    storages: {
      lake: {
        ...{ bucket: "lake", region: "us-east-1", issue: "federation-token", secret },
        ...{ endpoint: world.servers.sts.url, stsEndpoint: world.servers.sts.url },
        ...(rotation && { rotation }),
      },
    },
    grants: [],
  };
  await writeFile(path, compileConfig(parseConfig(document)));
  const environment = {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: functionsKey.accessKeyId,
    AWS_SECRET_ACCESS_KEY: functionsKey.secretAccessKey,
    AWS_SESSION_TOKEN: "",
    AWS_ENDPOINT_URL_SECRETS_MANAGER: world.servers.secretsManager.url,
    AWS_ENDPOINT_URL_IAM: world.servers.iam.url,
    VENDING_CONFIG: path,
    VENDING_TABLE: "keyvend-test",
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  vi.resetModules();
  const { handler } = await import("../../functions/rotate.ts");
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    await rm(folder, { recursive: true });
  });
  const context = { ...lambdaContext("request-1", 60_000), invokedFunctionArn: `${functionArn}:live` };
  return { ...world, handle: (event: unknown) => handler(event, context) };
}

const lines = () => log.map((line) => JSON.parse(line));

test.each(["createSecret", "setSecret", "testSecret", "finishSecret"])(
  "an event of Secrets Manager for %s is read, with its RotationToken passed over",
  (Step) => {
    expect(readRotateEvent({ ...step, Step })).toEqual({ step: Step, secretArn: arn, version: token });
  },
);

test.each([[scheduled], [{}], [null], ["run"], [[]]])(
  "any event without a step is for the daily run: %j",
  (event) => {
    expect(readRotateEvent(event)).toBeUndefined();
  },
);

test.each<[string, object, string]>([
  [
    "an unknown step",
    { Step: "deleteSecret" },
    "Step must be one of createSecret, setSecret, testSecret, finishSecret.",
  ],
  ["no step", { Step: undefined }, "Step must be one of"],
  ["a secret's name", { SecretId: "keyvend-test/lake" }, "SecretId must be the ARN of a secret."],
  ["an endless ARN", { SecretId: `arn:${"a".repeat(3_000)}` }, "SecretId must be the ARN of a secret."],
  ["an ARN with a line behind it", { SecretId: `${arn}\n` }, "SecretId must be the ARN of a secret."],
  ["no version", { ClientRequestToken: undefined }, "ClientRequestToken must be the id of a version"],
  ["an empty version", { ClientRequestToken: "" }, "ClientRequestToken must be the id of a version"],
  [
    "a version of other signs",
    { ClientRequestToken: "../x" },
    "ClientRequestToken must be the id of a version",
  ],
])("%s is refused by name", (_, change, message) => {
  expect(() => readRotateEvent({ ...step, ...change })).toThrow(message);
});

test("a step is taken for the secret that the event names by its ARN, and logged without a key", async () => {
  const { begin, handle, keys, secretsClient, read } = await start({ user: "lake", everyDays: 90 });
  const version = await begin();
  const { DescribeSecretCommand } = await import("@aws-sdk/client-secrets-manager");
  const { ARN } = await secretsClient.send(new DescribeSecretCommand({ SecretId: secret }));
  for (const Step of ["createSecret", "setSecret", "finishSecret"])
    expect(await handle({ ...step, Step, SecretId: ARN, ClientRequestToken: version })).toBeUndefined();
  expect((await read("AWSCURRENT"))?.accessKeyId).toBe(keys()[1]?.accessKeyId);
  expect(lines().map(({ rotation }) => rotation)).toEqual([
    { secret, step: "createSecret" },
    { secret, step: "setSecret" },
    { secret, step: "finishSecret" },
  ]);
  for (const { accessKeyId, secretAccessKey } of keys())
    for (const part of [accessKeyId, secretAccessKey]) expect(log.join()).not.toContain(part);
});

test("a secret that the configuration does not have rotated is refused, and nothing is changed", async () => {
  const { begin, handle, keys } = await start(undefined);
  const version = await begin();
  await expect(handle({ ...step, ClientRequestToken: version })).rejects.toThrow(
    `No storage of ${arn} has a rotation in the configuration`,
  );
  expect(keys()).toHaveLength(1);
});

test("the daily run tells of each secret and of all, turns the schedule on by the function's own ARN, and ends", async () => {
  const { handle, secrets, makeByHand } = await start({ user: "lake", everyDays: 90 });
  makeByHand("AKIAOFSOMEBODYELSE00", { isUsed: true });
  expect(await handle(scheduled)).toBeUndefined();
  expect(lines()).toMatchObject([
    {
      KeyAgeDays: 100,
      rotation: {
        secret,
        user: "lake",
        unknownKeys: 1,
        oldKey: "none",
        isOverdue: true,
        hasNewSchedule: true,
      },
    },
    { stack: "keyvend-test", KeysOverdue: 1, UnknownKeys: 1 },
  ]);
  expect((await secrets.look(secret)).schedule).toEqual({ functionArn, every: 90 });
  expect(log.join()).not.toContain("AKIA");
});

test("where nothing is rotated, the daily run says that nothing is overdue", async () => {
  const { handle, servers } = await start(undefined);
  await handle(scheduled);
  expect(lines()).toMatchObject([{ KeysOverdue: 0, UnknownKeys: 0 }]);
  expect(servers.secretsManager.calls()).toBe(0);
});

test("a secret that cannot be looked after fails the run by its reason, and by no key", async () => {
  const { handle, servers } = await start({ user: "nobody", everyDays: 90 });
  await expect(handle(scheduled)).rejects.toThrow(
    "IAM refuses or fails ListAccessKeys: NoSuchEntityException.",
  );
  servers.secretsManager.trouble.fault = "unavailable";
  await expect(handle(scheduled)).rejects.toThrow("Secrets Manager refuses or fails DescribeSecret:");
  expect(lines().at(-1)).toMatchObject({ KeysOverdue: 0, UnknownKeys: 0 });
  expect(log.join()).not.toContain(firstKey.secretAccessKey);
});
