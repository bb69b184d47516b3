import { afterAll, beforeAll, test } from "vitest";
import { dynamodbCall } from "../../../infra/local/dynamodb-call.ts";
import { type DynamodbLocal, startDynamodbLocal } from "../../dynamodb/dynamodb-local.ts";
import { expectSameAnswers, expectSameForAdapters, type Other } from "../../dynamodb/same-answers.ts";

const tableName = "keyvend-test";
let local: DynamodbLocal;
let other: Other;

beforeAll(async () => {
  local = await startDynamodbLocal(tableName);
  other = { call: dynamodbCall(local.url), tableName };
});
afterAll(() => local?.close());

/** The tests are bounded by their number of cases and not by time, so that a busy machine does not fail them. */
const timeout = 240_000;

test("the simulation answers every request as DynamoDB Local does", { timeout }, async () => {
  await expectSameAnswers(other, { numRuns: 120 });
});

test("keyvend's own adapters cannot tell the simulation from DynamoDB Local", { timeout }, async () => {
  await expectSameForAdapters(other, { numRuns: 100 });
});
