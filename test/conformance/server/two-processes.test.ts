import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DynamodbLocal, startDynamodbLocal } from "../../dynamodb/dynamodb-local.ts";
import { atRate } from "./at-rate.ts";
import { type Answer, createWorld } from "./world.ts";

const table = "keyvend-servers";
const scopes = Array.from({ length: 20 }, (_, n) => `scope-${n}`);
const limits = { requestsPerAddress: 10_000, requestsPerPrincipal: 10_000, connectionsPerAddress: 2_000 };
let world: Awaited<ReturnType<typeof createWorld>>;
let dynamodb: DynamodbLocal;

beforeAll(async () => {
  [world, dynamodb] = await Promise.all([createWorld(), startDynamodbLocal(table)]);
  await world.putKey(0);
  await world.put("secrets/sealing-key", JSON.stringify({ current: "k1", k1: "k".repeat(40) }));
  await world.putConfig(scopes, { table, limits });
});
afterAll(async () => {
  await world?.close();
  await dynamodb?.close();
});

const environment = () => ({
  AWS_REGION: "us-east-1",
  AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
  AWS_ACCESS_KEY_ID: "local",
  AWS_SECRET_ACCESS_KEY: "local",
});

test("two processes on one table issue once for each scope, and one that is killed costs no vend", async () => {
  const [first, second] = await Promise.all([world.start(environment()), world.start(environment())]);
  const headers = { authorization: `Bearer ${await world.issuer.token()}` };
  const urls = [first.url, second.url];
  const askAt = (n: number, time: number) =>
    world.ask(urls[(n + time) % 2] ?? "", scopes[n % scopes.length] ?? "", headers);
  const isGood = ({ status }: Answer) => status === 200;

  /** As clients do: what fails is tried again after a moment, at the process that the proxy then chooses. */
  async function vend(n: number): Promise<Answer[]> {
    const tries = [await askAt(n, 0)];
    if (!isGood(tries[0] as Answer)) {
      await sleep(100);
      tries.push(await askAt(n, 1));
    }
    return tries;
  }

  // One after the other: DynamoDB Local is slow at first, and this is not about that.
  for (let n = 0; n < 2 * scopes.length; n++)
    await expect.poll(async () => isGood(await askAt(n, n)), { timeout: 30_000, interval: 1_000 }).toBe(true);
  const issued = world.sts.calls("GetFederationToken");

  const killing = sleep(2_000).then(() => first.child.kill("SIGKILL"));
  const vends = await atRate(200, 6_000, vend);
  await killing;
  const failed = vends.filter(([answer]) => answer !== undefined && !isGood(answer));
  const lost = vends.filter((tries) => !tries.some(isGood));
  console.log(
    `${vends.length} vends, of which ${failed.length} failed at first, and ${lost.length} at the retry.`,
  );
  expect(vends.length).toBe(1_200);
  expect(failed.length).toBeGreaterThan(0);
  expect(lost).toEqual([]);

  // And a new process in its place finds what the other has.
  const third = await world.start(environment());
  urls[0] = third.url;
  for (let n = 0; n < scopes.length; n++)
    await expect.poll(async () => isGood(await askAt(n, 0)), { timeout: 30_000, interval: 1_000 }).toBe(true);
  console.log(
    `${issued} calls to STS for ${scopes.length} scopes, and ${world.sts.calls("GetFederationToken")} at the end.`,
  );
  expect(await second.stop()).toBe(0);
  expect(await third.stop()).toBe(0);
});

test("a process that is told to stop, with another beside it, fails no vend", async () => {
  await world.putConfig(scopes, { table, limits, drainSeconds: 2 });
  const [first, second] = await Promise.all([world.start(environment()), world.start(environment())]);
  const headers = { authorization: `Bearer ${await world.issuer.token()}` };
  /** As a proxy does it: it asks who is ready, twice a second. */
  let ready = [first, second];
  const looking = setInterval(async () => {
    const answers = await Promise.all(
      [first, second].map((each) =>
        fetch(`${each.statusUrl}/readyz`).then(
          ({ ok }) => ok,
          () => false,
        ),
      ),
    );
    ready = [first, second].filter((_, n) => answers[n]);
  }, 500);
  const stopping = sleep(1_000).then(() => first.stop());
  const answers = await atRate(200, 5_000, (n) =>
    world.ask(ready[n % ready.length]?.url ?? "", scopes[n % scopes.length] ?? "", headers),
  );
  clearInterval(looking);
  expect(await stopping).toBe(0);
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  expect(await second.stop()).toBe(0);
});
