import fc from "fast-check";
import { expect, test } from "vitest";
import { memoryRows } from "../../shared/aws/memory-rows.ts";
import { createMemoryTables } from "../../shared/aws/memory-tables.ts";
import { adapterStep, steppedTables, takeSteps } from "../dynamodb/adapter-steps.ts";
import { createSimulatedDynamodb } from "../dynamodb/simulated-dynamodb.ts";

// test/aws/table.test.ts has the suite that both tables are held to.

const keys = ["0a", "0b"].map((byte) => byte.repeat(32));
/** What is revoked has to outlast the process: it is in no memory. */
const steps = fc.array(
  adapterStep(keys).filter(({ what }) => what !== "revoke"),
  { maxLength: 60, size: "max" },
);

test("no sequence of keyvend's own steps tells the table in memory from DynamoDB", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (steps) => {
      const { entries, loadIssuing } = createMemoryTables({ now: () => 1_750_000_000_000 });
      const { call } = createSimulatedDynamodb("keyvend-test");
      const inDynamodb = steppedTables(call, "keyvend-test");
      const inMemory = { ...inDynamodb, entries, ...(await loadIssuing()) };
      expect(await takeSteps(inMemory, steps)).toEqual(await takeSteps(inDynamodb, steps));
    }),
    { numRuns: 300 },
  );
});

test("a key that was read earlier does not replace one that was read later", async () => {
  const { entries, loadIssuing } = createMemoryTables({ now: Date.now });
  const { keys } = await loadIssuing();
  await keys.put("storage-key lake", 2_000, "later");
  await keys.put("storage-key lake", 1_000, "earlier");
  expect(await entries.get("storage-key lake")).toMatchObject({ sealed: "later" });
  await keys.put("storage-key lake", 2_000, "at the same time");
  expect(await entries.get("storage-key lake")).toMatchObject({ sealed: "at the same time" });
});

test("the number of rows is bounded: the one that was written longest ago makes room", () => {
  const rows = memoryRows<number>(3, { now: () => 0 });
  for (const n of [1, 2, 3]) rows.set(`row ${n}`, n, 1_000);
  rows.set("row 1", 11, 1_000);
  rows.set("row 4", 4, 1_000);
  expect(rows.values()).toEqual([3, 11, 4]);
});

test("what has expired is forgotten within a minute, and nothing else", () => {
  let now = 0;
  const rows = memoryRows<number>(1_000, { now: () => now });
  for (let n = 0; n < 100; n++) rows.set(`row ${n}`, n, n * 1_000);
  now = 59_999;
  rows.set("before", 0, 1e9);
  expect(rows.values()).toHaveLength(101);
  now = 60_000;
  rows.set("after", 0, 1e9);
  expect(rows.values()).toHaveLength(102 - 61);
});
