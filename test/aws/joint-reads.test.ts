import { expect, test } from "vitest";
import type { JsonCall } from "../../shared/aws/call.ts";
import { CallFailed } from "../../shared/aws/call-failed.ts";
import { createJointReads } from "../../shared/aws/joint-reads.ts";
import { createSimulatedDynamodb, throttled } from "../dynamodb/simulated-dynamodb.ts";

const TableName = "keyvend-test";
const read = (key: string) => ({ TableName, Key: { key: { S: key } }, ConsistentRead: true });
const row = (key: string) => ({ key: { S: key }, sealed: { S: `${key}, sealed` } });

/** Joint reads of a table with the rows "a" and "b", and the actions that reach it. */
async function tableOfTwo(change: (output: object) => object = (output) => output) {
  const { call: simulated, faults } = createSimulatedDynamodb(TableName);
  for (const key of ["a", "b"]) await simulated("PutItem", { TableName, Item: row(key) });
  const actions: string[] = [];
  const dynamodb: JsonCall = async <Output>(action: string, input: object) => {
    actions.push(action);
    const output = await simulated<object>(action, input);
    return (action === "BatchGetItem" ? change(output) : output) as Output;
  };
  return { ...createJointReads(dynamodb, TableName), faults, actions };
}

test("what a task reads before it waits is one call, and a row that is not there is none", async () => {
  const { call, together, actions } = await tableOfTwo();
  const keys = ["a", "none", "b", "a"];
  const outputs = await together(() => Promise.all(keys.map((key) => call("GetItem", read(key)))));
  expect(outputs).toEqual([{ Item: row("a") }, {}, { Item: row("b") }, { Item: row("a") }]);
  expect(actions).toEqual(["BatchGetItem"]);
});

test("it reads what the last write left", async () => {
  const { call, together, faults } = await tableOfTwo();
  const inputs: object[] = [];
  faults.before = (_, input) => void inputs.push(input);
  await together(() => call("GetItem", read("a")));
  expect(inputs).toMatchObject([{ RequestItems: { [TableName]: { ConsistentRead: true } } }]);
});

test("only the reads of a task that begins are joined", async () => {
  const { call, together, actions } = await tableOfTwo();
  await together(async () => {
    await call("PutItem", { TableName, Item: row("c") });
    await call("GetItem", read("c"));
  });
  await call("GetItem", read("a"));
  expect(actions).toEqual(["PutItem", "GetItem", "GetItem"]);
});

test("a row that DynamoDB leaves out is read by itself", async () => {
  const leftOut = () => ({
    Responses: { [TableName]: [row("a")] },
    UnprocessedKeys: { [TableName]: { Keys: [{ key: { S: "b" } }], ConsistentRead: true } },
  });
  const { call, together, actions } = await tableOfTwo(leftOut);
  const keys = ["a", "b", "none"];
  const outputs = await together(() => Promise.all(keys.map((key) => call("GetItem", read(key)))));
  expect(outputs).toEqual([{ Item: row("a") }, { Item: row("b") }, {}]);
  expect(actions).toEqual(["BatchGetItem", "GetItem"]);
});

test.each([{}, { Responses: {} }, { Responses: { other: [] } }])(
  "what is no answer is a fault, and not a table without rows: %j",
  async (answer) => {
    const { call, together } = await tableOfTwo(() => answer);
    await expect(together(() => call("GetItem", read("a")))).rejects.toBeInstanceOf(CallFailed);
  },
);

test("if there is no answer, each read throws its fault", async () => {
  const { call, together, faults } = await tableOfTwo();
  faults.before = (action) => {
    throw throttled(action);
  };
  const outcomes = await together(() =>
    Promise.allSettled(["a", "b"].map((key) => call("GetItem", read(key)))),
  );
  const fault = { status: "rejected", reason: throttled("BatchGetItem") };
  expect(outcomes).toEqual([fault, fault]);
});

test("a task that fails at its beginning joins no later reads", async () => {
  const { call, together, actions } = await tableOfTwo();
  const fail = () => {
    throw new Error("a defect");
  };
  expect(() => together(fail)).toThrow("a defect");
  await call("GetItem", read("a"));
  expect(actions).toEqual(["GetItem"]);
});
