import { expect, test } from "vitest";
import { entryKey } from "../../shared/core/entry-key.ts";
import { VendError } from "../../shared/core/errors.ts";
import { issueRefusal } from "../../shared/core/issue-refusal.ts";
import { TableUnreachable } from "../../shared/vending/ports.ts";
import { alice, sampleRequest, sampleStorage } from "./samples.ts";
import { createFleet, createTable, tableName } from "./simulated-fleet.ts";

const lake = sampleStorage("assume-role");
const pond = sampleStorage("assume-role", { name: "pond" });
const scope = (n: number, storage = lake) => sampleRequest(storage, { scope: { prefixes: [`scope-${n}/`] } });

const away = issueRefusal("unavailable", "lake");
const fails = (error: Error) => async () => Promise.reject(error);
const works = async <T>(session: T) => session;

/** A fleet whose STS has just failed for one scope. */
async function failedFleet(error: Error = away) {
  const fleet = await createFleet();
  fleet.sts.answer = fails(error);
  await expect(fleet.instance().obtain(scope(0))).rejects.toBe(error);
  const pause = async () => fleet.table.pauseOf("lake");
  return { ...fleet, pause };
}

test.each(["throttled", "unavailable"] as const)(
  "while a storage whose STS is %s pauses, no other scope asks STS, by any instance, and its callers get the same code",
  async (code) => {
    const { instance, sts, clock } = await failedFleet(issueRefusal(code, "lake", { retryAfterSeconds: 5 }));
    clock.advance(1_001);
    await expect(instance().obtain(scope(1))).rejects.toMatchObject({
      code,
      message: "Storage lake cannot issue credentials right now.",
      retryAfterSeconds: 4,
    });
    clock.advance(3_998);
    await expect(instance().obtain(scope(2))).rejects.toMatchObject({ code, retryAfterSeconds: 1 });
    expect(sts.requests).toHaveLength(1);
    // Other storages are not paused.
    sts.answer = works;
    expect(await instance().obtain(scope(1, pond))).toMatchObject({ cache: "issued" });
  },
);

test("each further failure doubles the pause, from a second or STS's advice to a minute, and is told as it is", async () => {
  const { instance, sts, clock, pause } = await failedFleet(
    new VendError("unavailable", "away", { retryAfterSeconds: 1 }),
  );
  const paused = [((await pause())?.until ?? 0) - clock.now()];
  for (let n = 1; n <= 8; n++) {
    clock.advance(paused.at(-1) ?? 0);
    const refused = instance().obtain(scope(n));
    const waits = Math.min(2 ** n, 60);
    await expect(refused).rejects.toMatchObject({ code: "unavailable", retryAfterSeconds: waits });
    paused.push(((await pause())?.until ?? 0) - clock.now());
  }
  expect(paused).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1_000));
  expect(sts.requests).toHaveLength(9);
});

test("of many callers that come when the pause is over one asks STS, and the others are refused for that moment", async () => {
  const { instance, sts, clock } = await failedFleet();
  clock.advance(2_000);
  let answer = () => {};
  sts.answer = (session) =>
    new Promise((resolve) => {
      answer = () => resolve(session);
    });
  const all = Array.from({ length: 20 }, (_, n) => instance().obtain(scope(n)));
  const refused: unknown[] = [];
  for (const one of all) one.catch((error) => refused.push(error));
  await expect.poll(() => refused.length).toBe(19);
  expect(sts.requests).toHaveLength(2);
  for (const error of refused) {
    expect(error).toMatchObject({ code: "unavailable", retryAfterSeconds: expect.toBeOneOf([1, 2]) });
  }
  answer();
  const outcomes = await Promise.allSettled(all);
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  // It works again, for all.
  sts.answer = works;
  clock.advance(2_000);
  expect(await instance().obtain(scope(30))).toMatchObject({ cache: "issued" });
  expect(await instance().obtain(scope(31))).toMatchObject({ cache: "issued" });
});

test("a success ends the pause, and so does any answer of STS that says nothing of the storage's health", async () => {
  for (const answer of [works, fails(issueRefusal("policy_too_large", "lake"))]) {
    const { instance, sts, clock, pause } = await failedFleet();
    expect(await pause()).toMatchObject({ code: "unavailable" });
    clock.advance(2_000);
    sts.answer = answer as typeof sts.answer;
    await instance()
      .obtain(scope(1))
      .catch(() => {});
    expect(await pause()).toBeUndefined();
  }
});

test("a caller that dies while it tries holds the storage for two seconds, and then another tries", async () => {
  const { instance, sts, clock } = await failedFleet();
  clock.advance(2_000);
  sts.answer = () => new Promise(() => {});
  void instance().obtain(scope(1));
  await expect.poll(() => sts.requests.length).toBe(2);
  sts.answer = works;
  await expect(instance().obtain(scope(2))).rejects.toMatchObject({ code: "unavailable" });
  clock.advance(2_000);
  expect(await instance().obtain(scope(2))).toMatchObject({ cache: "issued" });
});

test("a caller whose own misses are used up gives its try to the next one at once, and leaves no mark", async () => {
  const { instance, sts, clock } = await failedFleet();
  clock.advance(2_000);
  sts.answer = works;
  const limited = instance({ misses: { perPrincipal: 1, perClientKey: 1, perStorage: 100 } });
  await expect(limited.obtain(scope(1))).rejects.toMatchObject({ message: /^The limit of 1 / });
  expect(await instance().obtain(scope(1))).toMatchObject({ cache: "issued" });
});

test("a caller that a pause refuses does not count as one that asked STS", async () => {
  const { dynamodb, instance } = await failedFleet();
  await instance()
    .obtain(scope(1))
    .catch(() => {});
  const rows = (await dynamodb.scan()) as { count?: { N: string } }[];
  expect(rows.flatMap(({ count }) => (count ? [count.N] : []))).toEqual(["1", "1"]);
});

test("of failures that were under way together the first counts", async () => {
  const { instance, sts, clock, table } = await createFleet();
  sts.answer = fails(away);
  await Promise.allSettled(Array.from({ length: 10 }, (_, n) => instance().obtain(scope(n))));
  expect(await table.pauseOf("lake")).toEqual({
    code: "unavailable",
    pauseMs: 1_000,
    until: clock.now() + 2_000,
  });
});

test("a usable session is handed out while the storage pauses", async () => {
  const { instance, sts, clock } = await createFleet();
  await instance().obtain(scope(1));
  clock.advance(50 * 60_000);
  sts.answer = fails(away);
  await expect(instance().obtain(scope(0))).rejects.toBe(away);
  expect(await instance().obtain(scope(1))).toMatchObject({ cache: "table", stale: true });
  expect(sts.requests).toHaveLength(2);
});

test("the warmer keeps the pause too, and one that it causes holds for callers", async () => {
  const { instance, sts, clock, table, pause } = await failedFleet();
  sts.answer = works;
  const request = scope(7);
  const warrant = { principal: alice, ask: { storage: "lake" }, grant: "data-lake" };
  clock.advance(2_000);
  await instance().obtain(request);
  const entry = await table.get(entryKey(request));
  if (entry === undefined) throw new Error("It was kept.");
  sts.answer = fails(away);
  await expect(instance().renew(entry, request, warrant)).rejects.toBe(away);
  expect(await pause()).toMatchObject({ code: "unavailable" });
  await expect(instance().obtain(scope(8))).rejects.toMatchObject({ code: "unavailable" });
  expect(sts.requests).toHaveLength(3);
});

test.each([
  ["far ahead", { until: { N: "99999999999999" }, pauseMs: { N: "1000" } }],
  ["without a length, and over", { until: { N: "1" } }],
  ["with a length beyond all bounds", { until: { N: "1" }, pauseMs: { N: "99999999999999" } }],
])(
  "a forged pause that is %s holds nobody, and the next failure makes it an honest one",
  async (_, forged) => {
    const { call, clock, instance, sts, table } = await createFleet();
    const forge = () =>
      call("PutItem", { TableName: tableName, Item: { key: { S: "backoff:lake" }, ...forged } });
    await forge();
    expect(await instance().obtain(scope(1))).toMatchObject({ cache: "issued" });
    expect(await table.pauseOf("lake")).toBeUndefined();
    await forge();
    sts.answer = fails(away);
    await expect(instance().obtain(scope(2))).rejects.toMatchObject({ code: "unavailable" });
    const { until = 0 } = (await table.pauseOf("lake")) ?? {};
    expect(until - clock.now()).toBeGreaterThanOrEqual(1_000);
    expect(until - clock.now()).toBeLessThanOrEqual(60_000);
  },
);

test("a table that is lost after STS has answered takes no session from anybody, and hides no failure", async () => {
  const { instance, sts, clock, table } = await failedFleet();
  clock.advance(2_000);
  const broken = {
    ...table,
    setPause: async (...[storage, seen, next]: Parameters<typeof table.setPause>) => {
      if (sts.requests.length > 1) throw new TableUnreachable("away");
      return table.setPause(storage, seen, next);
    },
  };
  sts.answer = works;
  expect(await instance({ table: broken }).obtain(scope(1))).toMatchObject({ cache: "issued" });
  expect(sts.requests).toHaveLength(2);
  clock.advance(2_000);
  sts.answer = fails(away);
  await expect(instance({ table: broken }).obtain(scope(2))).rejects.toMatchObject({ code: "unavailable" });
});

test("answers from the cache do not read the pause", async () => {
  const { call, instance } = await createFleet();
  await instance().obtain(scope(1));
  const read: string[] = [];
  const { obtain } = instance({
    table: createTable(async (action, input) => {
      read.push((input as { Key: { key: { S: string } } }).Key.key.S);
      return call(action, input);
    }, tableName),
  });
  expect(await obtain(scope(1))).toMatchObject({ cache: "table" });
  expect(read.sort()).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), "revocations", "storage-key lake"]);
});
