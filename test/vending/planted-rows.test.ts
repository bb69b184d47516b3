/** What a writer of the table that has no sealing key can do to an entry, and for how long. */
import { expect, test } from "vitest";
import { createSeal } from "../../shared/aws/seal.ts";
import { entryKey } from "../../shared/core/entry-key.ts";
import { sampleRequest, sampleStorage } from "./samples.ts";
import { createFleet, sealingSecret, tableName } from "./simulated-fleet.ts";

const request = sampleRequest(sampleStorage("session-token"));
const key = entryKey(request);
type Row = Record<string, { S?: string; N?: string }>;

async function createAttack() {
  const fleet = await createFleet();
  const { call, clock } = fleet;
  const tampered: string[] = [];
  const seal = createSeal(
    async () => sealingSecret,
    clock,
    (place) => void tampered.push(place),
  );
  const rowKey = { TableName: tableName, Key: { key: { S: key } } };
  return {
    ...fleet,
    tampered,
    instance: () => fleet.instance({ seal }),
    read: async () => (await call<{ Item: Row }>("GetItem", rowKey)).Item,
    plant: (change: Row) => call("PutItem", { TableName: tableName, Item: { key: { S: key }, ...change } }),
  };
}

test("an earlier session in the row of today is a miss, and an alarm", async () => {
  const { clock, instance, read, plant, tampered } = await createAttack();
  const { session: earlier } = await instance().obtain(request);
  const { sealed } = await read();
  clock.advance(31 * 60_000);
  await instance().obtain(request);
  await plant({ ...(await read()), ...(sealed && { sealed }) });
  const { session, cache } = await instance().obtain(request);
  expect(cache).toBe("issued");
  expect(session.accessKeyId).not.toBe(earlier.accessKeyId);
  expect(tampered.length).toBeGreaterThan(0);
});

test("a whole row of earlier is taken for what it is, for as long as its session may be served", async () => {
  const { clock, instance, read, plant } = await createAttack();
  const { session: earlier } = await instance().obtain(request);
  const before = await read();
  clock.advance(20 * 60_000);
  await plant(before);
  expect(await instance().obtain(request)).toMatchObject({ session: earlier, cache: "table" });
  clock.advance(11 * 60_000);
  await plant(before);
  expect(await instance().obtain(request)).toMatchObject({ cache: "issued" });
});

test.each<[string, Row]>([
  ["a generation beyond all numbers", { generation: { N: "9007199254740993000001" } }],
  ["a generation that is no number", { generation: { S: "high" } }],
  ["a generation of more digits than a number has", { generation: { N: "1234567890123.1234567890123" } }],
  ["no generation", {}],
  ["a claim without an end", { generation: { N: "5" }, claimedUntil: { N: "9e15" }, claimMs: { N: "9e15" } }],
])("%s holds up no caller, and the row is made anew", async (_, planted) => {
  const { clock, instance, plant, sts, read } = await createAttack();
  await plant(planted);
  const before = clock.now();
  expect(await instance().obtain(request)).toMatchObject({ cache: "issued" });
  expect(clock.now()).toBe(before);
  expect(await instance().obtain(request)).toMatchObject({ cache: "table" });
  expect(sts.requests).toHaveLength(1);
  expect(Number((await read())["generation"]?.N)).toBeLessThanOrEqual(clock.now() + 10);
});

test("a planted claim of the warmer stands for no longer than a real one, whatever it says", async () => {
  const { clock, instance, plant } = await createAttack();
  const until = String(clock.now() + 60_000);
  await plant({ generation: { N: "5" }, claimedUntil: { N: until }, claimMs: { N: "20000" } });
  clock.advance(60_001);
  expect(await instance().obtain(request)).toMatchObject({ cache: "issued" });
});

test.each<[string, Row]>([
  ["far ahead", { failedCode: { S: "throttled" }, failedUntil: { N: "9e15" } }],
  ["without an end", { failedCode: { S: "throttled" } }],
  ["whose end is no number", { failedCode: { S: "throttled" }, failedUntil: { S: "late" } }],
])("a failure mark %s sends no caller away", async (_, mark) => {
  const { instance, plant } = await createAttack();
  await plant({ generation: { N: "5" }, ...mark });
  expect(await instance().obtain(request)).toMatchObject({ cache: "issued" });
});

test("a failure mark of ten seconds is told in words that exist, and stands no longer", async () => {
  const { clock, instance, plant } = await createAttack();
  const until = String(clock.now() + 10_000);
  const mark = { failedCode: { S: "<script>" }, failedUntil: { N: until } };
  await plant({ generation: { N: "5" }, ...mark });
  await expect(instance().obtain(request)).rejects.toMatchObject({ code: "internal" });
  clock.advance(10_000);
  expect(await instance().obtain(request)).toMatchObject({ cache: "issued" });
});

test.each<[string, Row]>([
  ["of more digits than a number has", { until: { N: "1234567890123456789" } }],
  ["that is no number", { until: { S: "late" }, pauseMs: { S: "long" } }],
])("a planted end of a storage's pause %s pauses nothing, and does not stay", async (_, pause) => {
  const { call, clock, instance } = await createAttack();
  await call("PutItem", { TableName: tableName, Item: { key: { S: "backoff:lake" }, ...pause } });
  expect(await instance().obtain(request)).toMatchObject({ cache: "issued" });
  clock.advance(31 * 60_000);
  expect(await instance().obtain(request)).toMatchObject({ cache: "issued" });
});
