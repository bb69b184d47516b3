import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { atRate } from "./at-rate.ts";
import { type Answered, type Attack, strangersAddress } from "./attack.ts";
import { type Answer, createWorld, percentile } from "./world.ts";

let world: Awaited<ReturnType<typeof createWorld>>;

beforeAll(async () => {
  world = await createWorld();
  await world.putKey(0);
  // The test is a proxy whose callers have many addresses.
  await world.putConfig(["raw"], { proxies: ["127.0.0.0/8"] });
});
afterAll(() => world?.close());

const perSecond = 1_000;
const forMs = 8_000;

/** What came of good tokens in the meantime. */
interface Outcome {
  /** What the strangers got: how many answers of each status. */
  bad: Answered;
  good: Answer[];
  cpuSeconds: number;
}

/** Lets strangers of so many addresses ask with bad tokens, and meanwhile a good one again and again from an address of its own or of theirs. */
async function flood(
  server: Awaited<ReturnType<typeof world.start>>,
  token: string,
  { addresses, from }: { addresses: number; from: string },
): Promise<Outcome> {
  const vend = () =>
    world.ask(server.url, "raw", { authorization: `Bearer ${token}`, "x-forwarded-for": from });
  const [head, claims] = token.split(".");
  const attack: Attack = {
    port: Number(new URL(server.url).port),
    path: "/v1/storages/lake/credentials?target=s3://lake/raw/",
    unsigned: `${head}.${claims}`,
    ...{ perSecond, forMs, addresses },
  };
  const cpu = () => server.metric("keyvend_process_cpu_seconds");
  const before = await cpu();
  const program = join(import.meta.dirname, "strangers.ts");
  let isOver = false;
  const strangers = promisify(execFile)(process.execPath, [program, JSON.stringify(attack)]).finally(() => {
    isOver = true;
  });
  const good: Answer[] = [];
  while (!isOver) {
    good.push(await vend());
    await sleep(20);
  }
  const bad = JSON.parse((await strangers).stdout) as Answered;
  return { bad, good, cpuSeconds: (await cpu()) - before };
}

const p99 = (answers: Answer[]) =>
  percentile(
    answers.map(({ tookMs }) => tookMs),
    99,
  ).toFixed(1);

test("while strangers try a thousand bad tokens a second, every good one is answered", async () => {
  const server = await world.start();
  // From the first answer on it is known: a new one from an address of strangers would be one of many.
  const token = await world.issuer.token();
  const quiet = await flood(server, token, { addresses: 0, from: "192.0.2.1" });
  const many = await flood(server, token, { addresses: 25_000, from: "192.0.2.1" });
  const one = await flood(server, token, { addresses: 1, from: "192.0.2.1" });
  const beside = await flood(server, token, { addresses: 1, from: strangersAddress });
  for (const [name, { bad, good, cpuSeconds }] of Object.entries({ quiet, many, one, beside })) {
    console.log(
      `${name}: p99 of ${good.length} good tokens ${p99(good)} ms; strangers got ${JSON.stringify(bad)}; ${cpuSeconds.toFixed(1)} s of the processor.`,
    );
    expect(good.filter(({ status }) => status !== 200)).toEqual([]);
  }
  const { 401: judged = 0, 503: limited = 0, unsent = 0, ...others } = many.bad;
  expect(others).toEqual({});
  expect(limited).toBe(0);
  expect(judged + unsent).toBe((perSecond * forMs) / 1_000);
  for (const { bad } of [one, beside]) {
    // A burst of ten seconds' worth, and then a tenth of the others' rate: each refusal counts as eleven.
    expect(bad["401"]).toBeLessThan((200 * (10 + forMs / 1_000)) / 11 + 100);
    expect(bad["503"]).toBeGreaterThan(0);
  }
  expect(await server.stop()).toBe(0);
});

test("a thousand silent connections cost nothing but themselves, and are let go", async () => {
  await world.putConfig(["raw"], {
    limits: { connectionsPerAddress: 1_100, headerSeconds: 2, idleSeconds: 3 },
  });
  const server = await world.start();
  const { connect } = await import("node:net");
  const { port, hostname } = new URL(server.url);
  const sockets = Array.from({ length: 1_000 }, () => connect(Number(port), hostname).on("error", () => {}));
  const closed = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.on("close", resolve))));
  const good = { authorization: `Bearer ${await world.issuer.token()}` };
  const answers = await atRate(20, 1_000, () => world.ask(server.url, "raw", good));
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  for (const socket of sockets) socket.resume();
  await closed;
  expect(await server.metric("keyvend_process_open_fds")).toBeLessThan(100);
  expect(await server.stop()).toBe(0);
});
