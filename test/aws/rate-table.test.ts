import { expect, test } from "vitest";
import { createRateTable } from "../../shared/aws/rate-table.ts";
import { TableUnreachable } from "../../shared/vending/ports.ts";
import { createSimulatedDynamodb, throttled } from "../dynamodb/simulated-dynamodb.ts";
import { createFleet, tableName } from "../vending/simulated-fleet.ts";

const now = Date.UTC(2026, 10, 22);
const later = now + 3_600_000;

test("the first slots begin now, and the next ones follow them, to the microsecond", async () => {
  const { call } = await createFleet();
  const rates = createRateTable(call, tableName);
  expect(await rates.reserve(10.25, 25, now, later)).toBe(now);
  expect(await rates.reserve(10.25, 25, now + 3, later)).toBe(now + 256.25);
  expect(await rates.reserve(10.25, 1, now + 512.5, later)).toBe(now + 512.5);
});

test("time without a reservation is not made up for", async () => {
  const { call } = await createFleet();
  const rates = createRateTable(call, tableName);
  await rates.reserve(10, 25, now, later);
  expect(await rates.reserve(10, 25, now + 60_000, later)).toBe(now + 60_000);
});

test("a hundred callers that reserve at once get slots of their own, without a gap", async () => {
  const { call } = await createFleet();
  const rates = Array.from({ length: 100 }, () => createRateTable(call, tableName));
  const firsts = await Promise.all(rates.map((rate, n) => rate.reserve(2.5, 4, now - (n % 7), later)));
  const inOrder = firsts.map(Number).toSorted((a, b) => a - b);
  expect(inOrder).toEqual(inOrder.map((_, n) => (inOrder[0] ?? 0) + n * 10));
  expect(now - (inOrder[0] ?? 0)).toBeLessThanOrEqual(6);
});

test("a caller joins a restart that another was faster with, and does not repeat it", async () => {
  const { call, faults } = createSimulatedDynamodb(tableName);
  const rates = createRateTable(call, tableName);
  let writes = 0;
  faults.before = async () => {
    writes++;
    // Another restart, just before ours: ours has already seen that the row is missing.
    if (writes === 2) await createRateTable(call, tableName).reserve(10, 5, now, later);
  };
  expect(await rates.reserve(10, 5, now, later)).toBe(now + 50);
});

test("nothing is reserved if the next slot comes too late, and a caller with more time gets it", async () => {
  const { call, dynamodb } = await createFleet();
  const rates = createRateTable(call, tableName);
  expect(await rates.reserve(10, 5, now, now)).toBeUndefined();
  expect(await dynamodb.scan()).toEqual([]);
  await rates.reserve(10, 5, now, later);
  expect(await rates.reserve(10, 5, now, now + 50)).toBeUndefined();
  expect(await rates.reserve(10, 5, now, now + 50.001)).toBe(now + 50);
});

test("of a hundred callers that reserve at once and have time for ten, ten get a slot", async () => {
  const { call, faults, items } = createSimulatedDynamodb(tableName);
  let writes = 0;
  faults.before = () => void writes++;
  const rates = Array.from({ length: 100 }, () => createRateTable(call, tableName));
  const firsts = await Promise.all(rates.map((rate) => rate.reserve(5, 1, now, now + 50)));
  expect(firsts.filter((first) => first !== undefined)).toHaveLength(10);
  expect(items()).toMatchObject([{ nextSlot: { N: String((now + 50) * 1_000) } }]);
  // A caller that finds the row too far ahead does not write.
  expect(writes).toBeLessThanOrEqual(300);
});

test("the row is not an entry, and expires a day after its last restart", async () => {
  const { call, dynamodb } = await createFleet();
  await createRateTable(call, tableName).reserve(10, 5, now, later);
  expect(await dynamodb.scan()).toEqual([
    {
      key: { S: "sts-budget" },
      nextSlot: { N: String((now + 50) * 1_000) },
      ttl: { N: String(now / 1_000 + 86_400) },
    },
  ]);
});

test("an overloaded table counts as a table that cannot be reached", async () => {
  const { call, faults } = createSimulatedDynamodb(tableName);
  faults.before = (action) => {
    throw throttled(action);
  };
  await expect(createRateTable(call, tableName).reserve(10, 5, now, later)).rejects.toThrow(TableUnreachable);
});
