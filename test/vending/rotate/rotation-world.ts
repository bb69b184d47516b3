import { IAMClient } from "@aws-sdk/client-iam";
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { onTestFinished, vi } from "vitest";
import { createAccounts } from "../../../infra/local/aws/accounts.ts";
import { createIamServer } from "../../../infra/local/aws/iam-api.ts";
import { newUserKey } from "../../../infra/local/aws/identities.ts";
import { createSecretsManagerServer } from "../../../infra/local/aws/secrets-manager.ts";
import { createSessionTokens } from "../../../infra/local/aws/session-tokens.ts";
import { createStsServer } from "../../../infra/local/aws/sts.ts";
import { createAskIdentity } from "../../../shared/aws/rotate/key-identity.ts";
import { createKeySecrets } from "../../../shared/aws/rotate/key-secrets.ts";
import { createUserKeys } from "../../../shared/aws/rotate/user-keys.ts";
import { dayMs, hourMs, type RotatingSecret } from "../../../shared/core/rotating-secret.ts";
import { createMakeKey } from "../../../shared/vending/rotate/make-key.ts";
import {
  createRotateStep,
  type RotationStep,
  rotationSteps,
} from "../../../shared/vending/rotate/rotate-step.ts";
import { createTendKey } from "../../../shared/vending/rotate/tend-key.ts";
import { createTestKey } from "../../../shared/vending/rotate/test-key.ts";
import { sampleStorage } from "../samples.ts";

export const region = "us-east-1";
export const secret = "keyvend-test/lake";
export const functionArn = "arn:aws:lambda:us-east-1:123456789012:function:keyvend-test-rotate";
export const functionsKey = { accessKeyId: "AKIAFUNCTIONS0000001", secretAccessKey: "functions+own/secret" };
export const firstKey = { accessKeyId: "AKIALAKEFIRSTKEY0001", secretAccessKey: "lake+first/secret" };

/**
 * What happens at a call of a port: it is called before each, and after each that was answered. `call` counts the calls of the
 * process from 1 on. Several may be under way at once.
 */
export type AtCall = (name: string, when: "before" | "after", call: number) => Promise<void> | void;

/** The process that rotated has died: nobody hears of what it was told last. */
export class Crash extends Error {}

const statement = (Action: string) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action, Resource: "*" }],
});

/**
 * The emulation's IAM, STS and Secrets Manager around one user, whose key is in a secret; and the rotation on top of them, by
 * the real adapters. Time stands still, but that sleeps let it pass. All of it ends with the test.
 */
export async function createRotationWorld() {
  vi.useFakeTimers({ toFake: ["Date"] });
  const accounts = createAccounts({
    // A key that an operator made long ago.
    createdAt: Date.now() - 100 * dayMs,
    users: [
      { name: "functions", accessKeys: [functionsKey], policies: [statement("*")] },
      { name: "lake", accessKeys: [firstKey], policies: [statement("*")] },
    ],
  });
  const realm = { accounts, sessionTokens: createSessionTokens(), region };
  const [iam, sts, secretsManager] = await Promise.all([
    createIamServer(realm),
    createStsServer(realm),
    createSecretsManagerServer({
      ...realm,
      secrets: { [secret]: JSON.stringify(firstKey) },
      invoke: async () => undefined,
    }),
  ]);
  const settings = { region, credentials: functionsKey };
  const secretsClient = new SecretsManagerClient({ ...settings, endpoint: secretsManager.url });
  const iamClient = new IAMClient({ ...settings, endpoint: iam.url, maxAttempts: 1 });
  onTestFinished(async () => {
    vi.useRealTimers();
    for (const client of [secretsClient, iamClient]) client.destroy();
    await Promise.all([iam, sts, secretsManager].map((server) => server.close()));
  });

  const { startSchedule, ...secrets } = createKeySecrets(secretsClient);
  const userKeys = createUserKeys(iamClient, iamClient);
  const askIdentity = createAskIdentity(region);
  const clock = {
    now: Date.now,
    async sleep(milliseconds: number) {
      vi.setSystemTime(Date.now() + milliseconds);
    },
  };
  const storage = sampleStorage("federation-token", {
    secret,
    region,
    stsEndpoint: sts.url,
    maxDurationSeconds: 12 * 3_600,
  });
  const rotating: RotatingSecret = {
    ...{ secret, user: "lake", everyDays: 90, storages: [storage] },
    overlapMs: 13 * hourMs,
  };

  /** A process of the function: every call of a port passes by `atCall`, and what that throws ends the process. */
  function rotator(atCall: AtCall = () => undefined, sleep = clock.sleep) {
    let calls = 0;
    let isDead = false;
    const pass: AtCall = async (...at) => {
      if (isDead) throw new Crash();
      try {
        await atCall(...at);
      } catch (error) {
        isDead = error instanceof Crash;
        throw error;
      }
    };
    const watched = <T extends object>(ports: T): T =>
      Object.fromEntries(
        Object.entries(ports).map(([name, port]) => [
          name,
          async (...args: unknown[]) => {
            const call = ++calls;
            await pass(name, "before", call);
            const answer = await port(...args);
            await pass(name, "after", call);
            return answer;
          },
        ]),
      ) as T;
    const ports = {
      secrets: watched(secrets),
      changes: watched(secrets),
      userKeys: watched(userKeys),
      ...watched({ askIdentity, startSchedule }),
      clock: { ...clock, sleep },
    };
    const step = createRotateStep({
      ...ports,
      makeKey: createMakeKey(ports),
      testKey: createTestKey(ports),
    });
    return {
      step: (name: RotationStep, version: string, untilMs = 5 * 60_000) =>
        step(name, rotating, version, Date.now() + untilMs),
      async steps(version: string) {
        for (const name of rotationSteps) await step(name, rotating, version, Date.now() + 5 * 60_000);
      },
      tend: () => createTendKey({ ...ports, functionArn })(rotating),
    };
  }

  const user = accounts.users.get("lake");
  if (user === undefined) throw new Error("There is no user.");
  const read = async (VersionStage: string): Promise<typeof firstKey | undefined> => {
    const get = new GetSecretValueCommand({ SecretId: secret, VersionStage });
    const { SecretString = "" } = await secretsClient.send(get).catch(() => ({ SecretString: undefined }));
    return SecretString === "" ? undefined : JSON.parse(SecretString);
  };
  return {
    accounts,
    servers: { iam, sts, secretsManager },
    storage,
    rotating,
    rotator,
    secrets,
    secretsClient,
    clock,
    /** The user's keys as IAM has them. */
    keys: () => [...user.keys.values()],
    read,
    /** As Secrets Manager does when a rotation begins: a version that is pending, and has no value yet. */
    async begin(): Promise<string> {
      const RotationRules = { AutomaticallyAfterDays: rotating.everyDays };
      const rotate = new RotateSecretCommand({
        SecretId: secret,
        RotationLambdaARN: functionArn,
        RotationRules,
      });
      return (await secretsClient.send(rotate)).VersionId ?? "";
    },
    /** A key that an operator makes by hand. */
    makeByHand(accessKeyId: string, { createdAt = Date.now(), isUsed = false } = {}) {
      const key = { accessKeyId, secretAccessKey: `${accessKeyId}'s+secret` };
      const made = newUserKey(key, { createdAt, isNew: false });
      if (isUsed) made.lastUse = { at: createdAt, region, service: "s3" };
      user.keys.set(accessKeyId, made);
      return key;
    },
    /** A key that an operator puts into the secret by hand. */
    async putByHand(key: typeof firstKey) {
      const SecretString = JSON.stringify(key);
      await secretsClient.send(new PutSecretValueCommand({ SecretId: secret, SecretString }));
    },
    wait: clock.sleep,
  };
}
