import { execFile } from "node:child_process";
import { promisify } from "node:util";
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { expect, test } from "vitest";
import { addKey, retireMasterKeys, retireSealingKeys } from "../../../infra/rotate/rotate-keys.ts";
import { createWorld, lakeKey, region } from "../local/aws/world.ts";

const secret = "keyvend-test/sealing-key";
const first = { current: "k1", k1: "the first key of all of these tests" };
const hourMs = 3_600_000;

/** A stage with its secret, and what the secret holds now. */
async function createStage(text: string = JSON.stringify(first)) {
  const world = await createWorld();
  const client = world.secrets();
  await client.send(new CreateSecretCommand({ Name: secret, SecretString: text }));
  const read = async (VersionStage = "AWSCURRENT"): Promise<Record<string, string>> => {
    const get = new GetSecretValueCommand({ SecretId: secret, VersionStage });
    return JSON.parse((await client.send(get)).SecretString ?? "");
  };
  return { ...world, client, read };
}

/** A client whose process dies at one of its calls, before it is sent or when its answer is there. */
function dyingClient(client: SecretsManagerClient, deadly: number, isAfter: boolean): SecretsManagerClient {
  let calls = 0;
  return {
    async send(command: never) {
      const isDeadly = ++calls === deadly;
      if (isDeadly && !isAfter) throw new Error("died");
      const answer = await client.send(command);
      if (isDeadly) throw new Error("died");
      return answer;
    },
  } as never;
}

test("a key is added beside the others and is the current one, and no key is told", async () => {
  const { client, read } = await createStage();
  expect(await addKey(client, secret)).toEqual({ secret, current: "k2", keys: ["k1", "k2"], retired: [] });
  const { k2, ...rest } = await read();
  expect(rest).toEqual({ ...first, current: "k2" });
  expect(k2).toMatch(/^[\w-]{64}$/);
  expect(await addKey(client, secret)).toMatchObject({ current: "k3", keys: ["k1", "k2", "k3"] });
  expect((await read())["k2"]).toBe(k2);
  expect(await read("AWSPREVIOUS")).toEqual({ ...first, current: "k2", k2 });
});

test("ids that an operator has chosen stay, and the next one has the next number", async () => {
  const { client } = await createStage(
    JSON.stringify({ current: "main", main: "m".repeat(40), k7: "7".repeat(40), k007: "0".repeat(40) }),
  );
  expect(await addKey(client, secret)).toMatchObject({ current: "k8", keys: ["main", "k7", "k007", "k8"] });
});

test.each([
  ["no JSON", "not JSON"],
  ["a list", "[]"],
  ["no current key", JSON.stringify({ k1: "secret text of the key" })],
  ["a current key that is not there", JSON.stringify({ current: "k2", k1: "secret text of the key" })],
  ["a key that is no text", JSON.stringify({ current: "k1", k1: "secret text of the key", k2: 7 })],
  ["a key that every object has", JSON.stringify({ current: "toString", k1: "secret text of the key" })],
])("%s in the secret is refused without a word of it, and left as it is", async (_, text) => {
  const { client } = await createStage(text);
  const error = await addKey(client, secret).catch((each) => each);
  expect(error.message).toMatch(/^The secret /);
  expect(error.message).not.toMatch(/secret text|not JSON/);
  const get = new GetSecretValueCommand({ SecretId: secret });
  expect((await client.send(get)).SecretString).toBe(text);
});

test("a secret that is not there is named, with what to do", async () => {
  const { client } = await createStage();
  await expect(addKey(client, "keyvend-other/sealing-key")).rejects.toThrow(
    /^The secret keyvend-other\/sealing-key cannot be read \(ResourceNotFoundException: .*Deploy the stage first/,
  );
});

test("of two that change it at once, one does, and the other changes nothing and says so", async () => {
  const { client, read } = await createStage();
  const results = await Promise.allSettled([addKey(client, secret), addKey(client, secret)]);
  const failed = results.filter((result) => result.status === "rejected");
  expect(failed.map(({ reason }) => reason.message)).toEqual([
    `Somebody else has changed ${secret} meanwhile. Nothing was changed: run this again.`,
  ]);
  const { current, ...keys } = await read();
  expect([current, Object.keys(keys)]).toEqual(["k2", ["k1", "k2"]]);
  expect(await addKey(client, secret)).toMatchObject({ current: "k3" });
});

test("what an operator puts by hand between the read and the change is not overwritten", async () => {
  const { client, read } = await createStage();
  const byHand = { current: "mine", mine: "a key that an operator has put in by hand" };
  const slow = {
    async send(command: never) {
      const answer = await client.send(command);
      if ((command as object) instanceof GetSecretValueCommand)
        await client.send(
          new PutSecretValueCommand({ SecretId: secret, SecretString: JSON.stringify(byHand) }),
        );
      return answer;
    },
  } as never;
  await expect(addKey(slow, secret)).rejects.toThrow("Somebody else has changed");
  expect(await read()).toEqual(byHand);
});

test.each([1, 2, 3, 4].flatMap((call) => [[call, false] as const, [call, true] as const]))(
  "a process that dies at call %i (after it: %s) leaves the secret as it was or as it is to be, and the next one goes on",
  async (call, isAfter) => {
    const { client, read } = await createStage();
    await expect(addKey(dyingClient(client, call, isAfter), secret)).rejects.toThrow("died");
    const { current = "", ...keys } = await read();
    expect(["k1", "k2"]).toContain(current);
    expect(keys["k1"]).toBe(first.k1);
    expect(keys[current]).toBeDefined();
    const report = await addKey(client, secret);
    expect(report.keys).toContain("k1");
    expect((await read())["current"]).toBe(report.current);
    const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId: secret }));
    expect(Object.values(VersionIdsToStages).flat()).not.toContain("AWSPENDING");
  },
);

test("sealing keys are retired two days after the last change, all but the current one", async () => {
  const { client, clock, read } = await createStage();
  await addKey(client, secret);
  clock.aheadMs = 48 * hourMs - 1;
  const until = new Date(clock.now() + 1).toISOString();
  await expect(retireSealingKeys(client, secret, clock.now())).rejects.toThrow(`retire it from ${until} on.`);
  clock.aheadMs += 1;
  const { k2 } = await read();
  expect(await retireSealingKeys(client, secret, clock.now())).toEqual({
    ...{ secret, current: "k2", keys: ["k2"] },
    retired: ["k1"],
  });
  expect(await read()).toEqual({ current: "k2", k2 });
});

test("where there is nothing to retire, the secret is not touched", async () => {
  const { client, clock, secretsServer } = await createStage();
  clock.aheadMs = 48 * hourMs;
  expect(await retireSealingKeys(client, secret, clock.now())).toMatchObject({ keys: ["k1"], retired: [] });
  expect(secretsServer.calls("PutSecretValue")).toBe(0);
});

test("a master key stays while a client key is of it, or while it is the current one", async () => {
  const { client } = await createStage();
  await addKey(client, secret);
  await addKey(client, secret);
  expect(await retireMasterKeys(client, secret, new Set(["k1"]))).toMatchObject({
    ...{ current: "k3", keys: ["k1", "k3"], retired: ["k2"] },
  });
  expect(await retireMasterKeys(client, secret, new Set())).toMatchObject({ keys: ["k3"], retired: ["k1"] });
});

/** The command itself, in a process of its own. */
async function command(url: string, ...args: string[]) {
  const env = {
    PATH: process.env["PATH"],
    AWS_ENDPOINT_URL_SECRETS_MANAGER: url,
    AWS_ACCESS_KEY_ID: lakeKey.accessKeyId,
    AWS_SECRET_ACCESS_KEY: lakeKey.secretAccessKey,
  };
  return promisify(execFile)(process.execPath, ["infra/rotate/keys.ts", ...args], { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

test("the command changes the secret of its stage, tells ids and no key, and what comes next", async () => {
  const { client, read, secretsServer, clock } = await createStage();
  const stage = ["--stage", "test", "--region", region];
  const sealing = await command(secretsServer.url, "--sealing", ...stage);
  expect(sealing).toMatchObject({ code: 0, stderr: "" });
  expect(sealing.stdout).toMatch(
    /^keyvend-test\/sealing-key: k2 is the current key, beside k1\.\n.*--sealing --retire\n$/,
  );
  const { k2 = "" } = await read();
  expect(k2.length).toBe(64);
  expect(sealing.stdout + sealing.stderr).not.toContain(k2);
  const early = await command(secretsServer.url, "--sealing", "--retire", ...stage);
  expect(early).toMatchObject({ code: 1, stdout: "" });
  expect(early.stderr).toContain("may still be in use");

  const SecretString = JSON.stringify(first);
  await client.send(new CreateSecretCommand({ Name: "keyvend-test/client-keys", SecretString }));
  const added = await command(secretsServer.url, "--client-keys", "--json", ...stage);
  expect(JSON.parse(added.stdout)).toEqual({
    ...{ secret: "keyvend-test/client-keys", current: "k2", keys: ["k1", "k2"], retired: [] },
  });
  const retired = await command(secretsServer.url, "--client-keys", "--retire", ...stage);
  expect(retired.stdout).toBe("keyvend-test/client-keys: k2 is the current key.\nTaken out: k1.\n");
  expect(clock.aheadMs).toBe(0);
}, 60_000);

test.each([
  [[], "Say which keys"],
  [["--sealing", "--client-keys"], "Say which keys"],
  [["--sealing", "--everything"], "Unknown option '--everything'"],
  [["--sealing", "prod"], "Unexpected argument 'prod'"],
  [["--sealing", "--local", "--stage", "prod"], "leave out --stage and --region"],
])("%j is a wrong use, which the usage follows", async (args, message) => {
  const { code, stdout, stderr } = await command("http://127.0.0.1:1", ...args);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(message);
  expect(stderr).toContain("Usage: npm run keys:rotate");
});
