import { expect, onTestFinished, test } from "vitest";
import { dynamodbCall } from "../../infra/local/dynamodb-call.ts";
import { startSimulatedDynamodb } from "./server.ts";
import { createSimulatedDynamodb, throttled } from "./simulated-dynamodb.ts";

const tableName = "keyvend-test";
const itemKey = { key: { S: "0a" } };
const read = { TableName: tableName, Key: itemKey, ConsistentRead: true };
const count = {
  TableName: tableName,
  Key: itemKey,
  UpdateExpression: "SET #count = if_not_exists(#count, :zero) + :one",
  ExpressionAttributeNames: { "#count": "count" },
  ExpressionAttributeValues: { ":zero": { N: "0" }, ":one": { N: "1" } },
};

test("an action that fails before it takes effect changes nothing", async () => {
  const { call, faults, items } = createSimulatedDynamodb(tableName);
  faults.before = (action) => {
    throw throttled(action);
  };
  await expect(call("UpdateItem", count)).rejects.toMatchObject({
    type: "ProvisionedThroughputExceededException",
    status: 400,
  });
  expect(items()).toEqual([]);
});

test("an action with a lost answer has taken effect", async () => {
  const { call, faults, items } = createSimulatedDynamodb(tableName);
  faults.after = () => {
    throw new Error("lost");
  };
  await expect(call("UpdateItem", count)).rejects.toThrow("lost");
  expect(items()).toEqual([{ ...itemKey, count: { N: "1" } }]);
});

test("a delayed action takes effect when the delay ends, and not when it was sent", async () => {
  const { call, faults, items } = createSimulatedDynamodb(tableName);
  const gate = Promise.withResolvers<void>();
  faults.before = () => gate.promise;
  const held = call("UpdateItem", count);
  faults.before = undefined;
  await call("UpdateItem", count);
  expect(items()).toEqual([{ ...itemKey, count: { N: "1" } }]);
  gate.resolve();
  await held;
  expect(items()).toEqual([{ ...itemKey, count: { N: "2" } }]);
});

test.each<[string, string, object]>([
  ["an action", "TransactWriteItems", { TableName: tableName }],
  ["a member of an input", "GetItem", { ...read, ProjectionExpression: "dueAt" }],
  ["a way to return", "UpdateItem", { ...count, ReturnValuesOnConditionCheckFailure: "ALL_OLD" }],
  ["a clause", "UpdateItem", { ...count, UpdateExpression: "ADD #count :one, #count :zero" }],
  ["a function", "UpdateItem", { ...count, ConditionExpression: "begins_with(#count, :one)" }],
  ["a negation", "UpdateItem", { ...count, ConditionExpression: "NOT #count = :one" }],
  [
    "a path into a document",
    "UpdateItem",
    { TableName: tableName, Key: itemKey, UpdateExpression: "REMOVE dueAt.inner" },
  ],
  ["a type", "PutItem", { TableName: tableName, Item: { ...itemKey, on: { BOOL: true } } }],
  ["a number that is not one", "PutItem", { TableName: tableName, Item: { ...itemKey, at: { N: "NaN" } } }],
  ["a page without a limit", "Query", { TableName: tableName, IndexName: "due" }],
  [
    "an item of more than 400 KiB",
    "PutItem",
    { TableName: tableName, Item: { ...itemKey, at: { S: "x".repeat(409_600) } } },
  ],
  [
    "a key of the index in another type",
    "UpdateItem",
    {
      TableName: tableName,
      Key: itemKey,
      UpdateExpression: "SET dueAt = :text",
      ExpressionAttributeValues: { ":text": { S: "soon" } },
    },
  ],
  ["a table", "GetItem", { ...read, TableName: "other" }],
])("the simulation refuses what it does not know: %s", async (_, action, input) => {
  const { call, items } = createSimulatedDynamodb(tableName);
  const refusals = /^(Validation|UnknownOperation|ResourceNotFound)Exception$/;
  await expect(call(action, input)).rejects.toMatchObject({ type: expect.stringMatching(refusals) });
  expect(items()).toEqual([]);
});

async function startServer() {
  const server = await startSimulatedDynamodb({ port: 0, tableName });
  onTestFinished(server.close);
  /** Makes one attempt: keyvend's own call tries again when it is throttled. */
  const statusOf = async () => {
    const headers = { "x-amz-target": "DynamoDB_20120810.GetItem" };
    return (await fetch(server.url, { method: "POST", headers, body: JSON.stringify(read) })).status;
  };
  return { server, statusOf };
}

test("over the wire the simulation answers as in memory, however many calls come at once", async () => {
  const { server } = await startServer();
  const call = dynamodbCall(server.url);
  await Promise.all(Array.from({ length: 200 }, () => call("UpdateItem", count)));
  expect(await call("GetItem", read)).toEqual({ Item: { ...itemKey, count: { N: "200" } } });
  expect(server.items()).toHaveLength(1);
  await expect(call("UpdateItem", { ...count, ConditionExpression: "#count < :one" })).rejects.toMatchObject({
    type: "ConditionalCheckFailedException",
    status: 400,
  });
  await expect(call("Scan", { TableName: tableName })).rejects.toMatchObject({
    type: "UnknownOperationException",
  });
});

test("the server throttles the given share of calls, from then on", async () => {
  const { server, statusOf } = await startServer();
  const statuses = async () => (await Promise.all(Array.from({ length: 8 }, statusOf))).sort();
  expect(await statuses()).toEqual(Array.from({ length: 8 }, () => 200));
  server.throttledShare = 0.25;
  expect(await statuses()).toEqual([200, 200, 200, 200, 200, 200, 400, 400]);
});

test("the server delays each answer by the given time", async () => {
  const { server, statusOf } = await startServer();
  server.delayMs = 50;
  const start = performance.now();
  await statusOf();
  expect(performance.now() - start).toBeGreaterThanOrEqual(49);
});
