import { describe, expect, test } from "vitest";
import type { JsonCall } from "../../shared/aws/call.ts";
import { createDueTable } from "../../shared/aws/due-table.ts";
import type { Entry } from "../../shared/vending/ports.ts";
import { collect, createFleet, createMemoryTable, tableName } from "../vending/simulated-fleet.ts";

const keyOf = (n: number) => n.toString(16).padStart(8, "0").padEnd(64, "0");
const key = keyOf(1);
const expiration = 7_200_500;

const now = Date.UTC(2026, 0, 1);

/** A table with an entry that was claimed (as generation 1001, until 2000), kept or marked as used. */
async function createTableWith(state: "claimed" | "kept" | "used", isInMemory = false) {
  const { table: inDynamodb, call, dynamodb, clock } = await createFleet();
  const table = isInMemory ? await createMemoryTable(clock) : inDynamodb;
  const generation = (await table.claim(key, undefined, 1_000, 1_000)) ?? 0;
  if (state !== "claimed") await table.keep({ key, generation, sealed: "sealed", expiration });
  if (state === "used") await table.markUsed(key, generation, 5_000);
  const entry = (await table.get(key)) as Entry;
  return { table, call, dynamodb, entry, generation };
}

const failure = { code: "throttled", until: 9_000 } as const;

describe.each([
  ["DynamoDB", false],
  ["memory", true],
] as const)("in %s", (_, isInMemory) => {
  const tableWith = (state: Parameters<typeof createTableWith>[0]) => createTableWith(state, isInMemory);

  async function createEmptyTable() {
    const { table, clock } = await createFleet();
    return { table: isInMemory ? await createMemoryTable(clock) : table };
  }

  test("an entry goes from claimed to kept to used, and holds what each step adds", async () => {
    const { table } = await createEmptyTable();
    expect(await table.get(key)).toBeUndefined();
    expect(await table.claim(key, undefined, 1_000, 1_000)).toBe(1_001);
    expect(await table.get(key)).toEqual({
      key,
      generation: 1_001,
      claimedUntil: 2_000,
      claimMs: 1_000,
    });
    expect(await table.keep({ key, generation: 1_001, sealed: "sealed", expiration })).toBe(true);
    expect(await table.get(key)).toEqual({ key, generation: 1_001, issued: 1_001, sealed: "sealed" });
    await table.markUsed(key, 1_001, 5_000);
    expect(await table.get(key)).toEqual({
      key,
      generation: 1_001,
      issued: 1_001,
      sealed: "sealed",
      dueAt: 5_000,
    });
  });

  test("a claim takes the generation after the last one, and leaves the result where it is", async () => {
    const { table, entry } = await tableWith("used");
    expect(await table.claim(key, entry, 3_000, 1_000)).toBe(1_002);
    expect(await table.get(key)).toEqual({
      ...entry,
      generation: 1_002,
      claimedUntil: 4_000,
      claimMs: 1_000,
    });
  });

  test.each<[string, "claimed" | "kept", (entry: Entry) => Entry | undefined, number, boolean]>([
    ["of an entry that is no longer as it was read", "kept", () => undefined, 3_000, false],
    ["of a generation that is over", "kept", (entry) => ({ ...entry, generation: 1_000 }), 3_000, false],
    [
      "over another claim: the table does not decide whether it may be overtaken",
      "claimed",
      (entry) => entry,
      1_999,
      true,
    ],
    ["on an entry without a claim", "kept", (entry) => entry, 0, true],
  ])("a claim %s: %s", async (_, state, asRead, now, wins) => {
    const { table, entry } = await tableWith(state);
    expect((await table.claim(key, asRead(entry), now, 1_000)) !== undefined).toBe(wins);
  });

  test("of a hundred callers that claim at once, one wins", async () => {
    const { table } = await createEmptyTable();
    const claims = await Promise.all(
      Array.from({ length: 100 }, () => table.claim(key, undefined, 1_000, 1_000)),
    );
    expect(claims.filter((generation) => generation !== undefined)).toEqual([1_001]);
  });

  test("an entry that is made anew after a drop repeats no generation", async () => {
    const { table, generation } = await tableWith("kept");
    expect(await table.drop(key, generation)).toBe(true);
    expect(await table.claim(key, undefined, 60_000, 1_000)).toBeGreaterThan(generation);
  });

  test("a newer result ends the claim and takes the entry off the warmer's list", async () => {
    const { table, entry } = await tableWith("used");
    const generation = (await table.claim(key, entry, 3_000, 1_000)) ?? 0;
    expect(await table.keep({ key, generation, sealed: "newer", expiration })).toBe(true);
    expect(await table.get(key)).toEqual({ key, generation, issued: generation, sealed: "newer" });
    expect(await collect(table.due(Number.MAX_SAFE_INTEGER))).toEqual([]);
  });

  test("a release ends the claim and leaves the result", async () => {
    const { table, entry } = await tableWith("used");
    const generation = (await table.claim(key, entry, 3_000, 1_000)) ?? 0;
    await table.release(key, generation);
    expect(await table.get(key)).toEqual({ ...entry, generation });
  });

  test("a release writes down the reason, and the next claim removes it", async () => {
    const { table, entry } = await tableWith("used");
    const failed = (await table.claim(key, entry, 3_000, 1_000)) ?? 0;
    await table.release(key, failed, failure);
    const marked = { ...entry, generation: failed, failure };
    expect(await table.get(key)).toEqual(marked);
    const next = await table.claim(key, marked, 5_000, 1_000);
    expect(await table.get(key)).toEqual({
      ...entry,
      generation: next,
      claimedUntil: 6_000,
      claimMs: 1_000,
    });
  });

  test("a claim that is handed over stands longer and holds the warrant, until it is overtaken or ends", async () => {
    const { table, entry, generation } = await tableWith("claimed");
    const handOver = { key, warrant: "sealed warrant", now: 1_700, claimMs: 20_000 };
    expect(await table.handOver({ ...handOver, generation: generation - 1 })).toBe(false);
    expect(await table.get(key)).toEqual(entry);
    expect(await table.handOver({ ...handOver, generation })).toBe(true);
    const left = { ...entry, claimedUntil: 21_700, claimMs: 20_000, handedOver: "sealed warrant" };
    expect(await table.get(key)).toEqual(left);
    const next = (await table.claim(key, left, 1_800, 1_000)) ?? 0;
    expect(await table.get(key)).toEqual({ ...entry, generation: next, claimedUntil: 2_800 });
    await table.handOver({ ...handOver, generation: next });
    await table.release(key, next);
    expect(await table.get(key)).toEqual({ key, generation: next });
  });

  test("a write by an overtaken generation changes nothing, and keep and drop return that", async () => {
    const { table, entry, generation } = await tableWith("kept");
    await table.claim(key, entry, 3_000, 1_000);
    const newest = await table.get(key);

    expect(await table.keep({ key, generation, sealed: "older", expiration })).toBe(false);
    await table.release(key, generation, failure);
    await table.markUsed(key, generation, 9_000);
    expect(await table.drop(key, generation)).toBe(false);
    expect(await table.get(key)).toEqual(newest);
  });

  test("a generation comes onto the list once: a second use does not move it", async () => {
    const { table, generation } = await tableWith("used");
    await table.markUsed(key, generation, 9_000);
    expect(await table.get(key)).toMatchObject({ dueAt: 5_000 });
  });
});

test.each([
  ["beyond what a number holds exactly", { N: "9007199254740993000001" }],
  ["beyond tomorrow", { N: String(now + 90_000_000) }],
  ["before all time", { N: "-5" }],
  ["of another type", { S: "1001" }],
])("a planted generation %s stops no claim, and is replaced by the time", async (_, generation) => {
  const { table, call } = await createFleet();
  await call("PutItem", { TableName: tableName, Item: { key: { S: key }, generation } });
  const entry = (await table.get(key)) as Entry;
  expect(await table.claim(key, entry, now, 1_000)).toBe(now + 1);
  expect(await table.claim(key, entry, now, 1_000)).toBeUndefined();
  expect(await table.get(key)).toMatchObject({ generation: now + 1 });
});

test("no write brings a dropped entry back", async () => {
  const { table, dynamodb, generation } = await createTableWith("kept");
  await table.drop(key, generation);
  expect(await table.keep({ key, generation, sealed: "late", expiration })).toBe(false);
  await table.release(key, generation);
  await table.markUsed(key, generation, 9_000);
  await table.drop(key, generation);
  expect(await dynamodb.scan()).toEqual([]);
});

test("DynamoDB may delete a claim without a result soon, and a result when it has expired", async () => {
  const ttlOf = async (state: "claimed" | "kept") =>
    ((await (await createTableWith(state)).dynamodb.scan())[0] as { ttl: { N: string } }).ttl.N;
  expect(await ttlOf("claimed")).toBe("62");
  expect(await ttlOf("kept")).toBe("7201");
  const { table, dynamodb, entry } = await createTableWith("kept");
  await table.claim(key, entry, 3_000, 1_000);
  expect(await dynamodb.scan()).toMatchObject([{ ttl: { N: "7201" } }]);
});

test("the list has the entries that are due by the horizon, from every shard and page, and no others", async () => {
  const { call, table } = await createFleet();
  const items = Array.from({ length: 1_100 }, (_, n) => ({
    key: keyOf(n),
    dueAt: n % 100 === 99 ? 5_001 : 5_000,
    dueShard: n < 50 ? n % 8 : 3,
  }));
  await Promise.all(Array.from({ length: 44 }, (_, n) => putItems(call, items.slice(n * 25, n * 25 + 25))));
  let queries = 0;
  const counting: typeof call = (action, input) => {
    queries += action === "Query" ? 1 : 0;
    return call(action, input);
  };
  const listed = await collect(createDueTable(counting, tableName).due(5_000));
  expect(listed.sort()).toEqual(items.filter(({ dueAt }) => dueAt <= 5_000).map((item) => item.key));
  // Seven shards of one page each, and one of two.
  expect(queries).toBe(9);
  expect(await collect(table.due(4_999))).toEqual([]);
});

function putItems(
  call: JsonCall,
  items: { key: string; dueAt: number; dueShard: number }[],
): Promise<unknown> {
  const puts = items.map(({ key: S, dueAt, dueShard }) => ({
    PutRequest: { Item: { key: { S }, dueAt: { N: String(dueAt) }, dueShard: { N: String(dueShard) } } },
  }));
  return call("BatchWriteItem", { RequestItems: { [tableName]: puts } });
}
