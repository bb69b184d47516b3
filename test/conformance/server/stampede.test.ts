/**
 * The stampede over HTTP: a thousand callers that ask for one scope which nobody has. As that of the functions (`npm run stampede`), it needs a
 * machine that does little else: a caller that has waited for two seconds asks STS itself.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type DynamodbLocal, startDynamodbLocal } from "../../dynamodb/dynamodb-local.ts";
import { type Answer, createWorld, percentile } from "./world.ts";

const callers = 1_000;
const table = "keyvend-stampede";
const limits = {
  requestsPerAddress: 10_000,
  requestsPerPrincipal: 10_000,
  connectionsPerAddress: 2_000,
};
let world: Awaited<ReturnType<typeof createWorld>>;
let dynamodb: DynamodbLocal;

beforeAll(async () => {
  [world, dynamodb] = await Promise.all([createWorld({ connections: callers }), startDynamodbLocal(table)]);
  await world.putKey(0);
  await world.put("secrets/sealing-key", JSON.stringify({ current: "k1", k1: "k".repeat(40) }));
});
afterAll(async () => {
  await world?.close();
  await dynamodb?.close();
});

let before = 0;
beforeEach(() => {
  before = world.sts.calls("GetFederationToken");
});
const stsCalls = () => world.sts.calls("GetFederationToken") - before;

/** Lets all callers ask, each on a connection of its own, and says what it took. They come within so long; by default all at once. */
async function stampede(urls: readonly string[], scope: string, overMs = 0): Promise<Answer[]> {
  const headers = { authorization: `Bearer ${await world.issuer.token()}` };
  const answers = await Promise.all(
    Array.from({ length: callers }, async (_, n) => {
      await sleep((n * overMs) / callers);
      return world.ask(urls[n % urls.length] ?? "", scope, headers);
    }),
  );
  const times = answers.map(({ tookMs }) => tookMs);
  console.log(
    `${callers} callers at ${urls.length} processes: ${stsCalls()} calls to STS; half of the callers within ` +
      `${percentile(times, 50).toFixed(0)} ms, 99 % within ${percentile(times, 99).toFixed(0)} ms.`,
  );
  return answers;
}

function expectOneSession(answers: readonly Answer[]): void {
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  expect(new Set(answers.map(({ accessKeyId }) => accessKeyId)).size).toBe(1);
}

test("one process with its table in memory asks STS once for a thousand callers", async () => {
  await world.putConfig(["cold"], { limits });
  const server = await world.start();
  expectOneSession(await stampede([server.url], "cold"));
  expect(stsCalls()).toBe(1);
  expect(await server.stop()).toBe(0);
});

test("two processes on one table ask STS once for a thousand callers", async () => {
  await world.putConfig(["cold", "warm-up"], { table, limits });
  const environment = {
    AWS_REGION: "us-east-1",
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
  };
  const servers = [await world.start(environment), await world.start(environment)];
  // DynamoDB Local is slow at first, and this is not about that.
  const headers = { authorization: `Bearer ${await world.issuer.token()}` };
  for (const { url } of servers) {
    const isGood = async () => (await world.ask(url, "warm-up", headers)).status === 200;
    await expect.poll(isGood, { timeout: 30_000, interval: 500 }).toBe(true);
  }
  before += stsCalls();
  const urls = servers.map(({ url }) => url);
  // No faster than a busy machine serves them: a call to the table has 300 ms, and an issue 700.
  expectOneSession(await stampede(urls, "cold", 1_000));
  expect(stsCalls()).toBe(1);
  for (const server of servers) expect(await server.stop()).toBe(0);
});
