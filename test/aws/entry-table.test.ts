import { expect, test } from "vitest";
import { createEntryTable } from "../../shared/aws/entry-table.ts";
import { createSimulatedDynamodb, throttled } from "../dynamodb/simulated-dynamodb.ts";

const tableName = "keyvend-test";
const key = "5f".repeat(32);

test("a failed read is a fault of the table, and not a missing entry", async () => {
  const { call, faults } = createSimulatedDynamodb(tableName);
  const entries = createEntryTable(call, tableName);
  expect(await entries.get(key)).toBeUndefined();
  faults.before = (action) => {
    throw throttled(action);
  };
  await expect(entries.get(key)).rejects.toMatchObject({
    name: "TableUnreachable",
    message: "GetItem: ProvisionedThroughputExceededException (400)",
  });
});

test("a read is consistent: otherwise a caller that waits for a winner would miss the result that it has just kept", async () => {
  const { call, faults } = createSimulatedDynamodb(tableName);
  const reads: object[] = [];
  faults.before = (_, input) => void reads.push(input);
  await createEntryTable(call, tableName).get(key);
  expect(reads).toMatchObject([{ ConsistentRead: true }]);
});

test("a defect of our own does not count as a fault of the table", async () => {
  const defect = new TypeError("a defect");
  const entries = createEntryTable(() => Promise.reject(defect), tableName);
  await expect(entries.get(key)).rejects.toBe(defect);
});
