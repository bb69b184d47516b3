import { afterAll, beforeAll, test } from "vitest";
import { type LocalDynamodb, startDynamodb } from "../../infra/local/dynamodb.ts";
import { dynamodbCall } from "../../infra/local/dynamodb-call.ts";
import { expectSameAnswers, expectSameForAdapters, type Other } from "./same-answers.ts";

const tableName = "keyvend-test";
let dynalite: LocalDynamodb;
let other: Other;

beforeAll(async () => {
  dynalite = await startDynamodb(0, tableName);
  other = { call: dynamodbCall(dynalite.url), tableName };
});
afterAll(() => dynalite?.close());

test("the simulation answers as dynalite does, to every action", async () => {
  await expectSameAnswers(other, { numRuns: 40 });
});

test("keyvend's own adapters cannot tell the simulation from dynalite", async () => {
  await expectSameForAdapters(other, { numRuns: 15 });
});
