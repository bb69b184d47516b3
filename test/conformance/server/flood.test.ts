import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, atRate, createWorld, percentile } from "./world.ts";

let world: Awaited<ReturnType<typeof createWorld>>;

beforeAll(async () => {
  world = await createWorld();
  await world.putKey(0);
  // The test is a proxy whose callers have many addresses.
  await world.putConfig(["raw"], { proxies: ["127.0.0.0/8"] });
});
afterAll(() => world?.close());

/** Lets so many callers ask one after the other, until so many answers are there. */
async function byCallers<T>(callers: number, asks: number, ask: (n: number) => Promise<T>): Promise<T[]> {
  const answers: T[] = [];
  let begun = 0;
  const one = async () => {
    while (begun < asks) answers.push(await ask(begun++));
  };
  await Promise.all(Array.from({ length: callers }, one));
  return answers;
}

const badOnes = 10_000;

test("while strangers try bad tokens as fast as they can, every good one is answered", async () => {
  const server = await world.start();
  const good = await world.issuer.token();
  const [head, claims] = good.split(".");
  // Well-formed and of the right issuer, so that the signature is what is wrong: the dearest refusal.
  const signature = () => Buffer.from(crypto.getRandomValues(new Uint8Array(256))).toString("base64url");
  const vend = () =>
    world.ask(server.url, "raw", { authorization: `Bearer ${good}`, "x-forwarded-for": "192.0.2.1" });
  const attack = (n: number) =>
    world.ask(server.url, "raw", {
      authorization: `Bearer ${head}.${claims}.${signature()}`,
      "x-forwarded-for": `198.51.${n % 100}.${n % 250}`,
    });
  const p99 = (answers: Answer[]) =>
    percentile(
      answers.map(({ tookMs }) => tookMs),
      99,
    ).toFixed(1);

  await byCallers(1, 100, vend);
  const alone = await byCallers(1, 500, vend);
  const before = await server.metric("keyvend_process_cpu_seconds");
  const begunAt = performance.now();
  let isOver = false;
  const under: Answer[] = [];
  const vending = (async () => {
    while (!isOver) under.push(await vend());
  })();
  const bad = await byCallers(50, badOnes, attack);
  const seconds = (performance.now() - begunAt) / 1_000;
  isOver = true;
  await vending;
  const cpuMs = ((await server.metric("keyvend_process_cpu_seconds")) - before) * 1_000;
  console.log(
    `p99 of good tokens: ${p99(alone)} ms alone, ${p99(under)} ms under ${(badOnes / seconds).toFixed(0)} bad ones a second; ` +
      `${(cpuMs / (badOnes + under.length)).toFixed(2)} ms of the processor an answer.`,
  );
  expect([...alone, ...under].filter(({ status }) => status !== 200)).toEqual([]);
  expect(new Set(bad.map(({ status }) => status))).toEqual(new Set([401]));
  expect(await server.metric('keyvend_answers_total{status="401"}')).toBe(badOnes);
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
