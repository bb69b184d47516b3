import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dynamodbCall } from "../../../infra/local/dynamodb-call.ts";
import { createClaimTable } from "../../../shared/aws/claim-table.ts";
import { createEntryTable } from "../../../shared/aws/entry-table.ts";
import { createRateTable } from "../../../shared/aws/rate-table.ts";
import { type DynamodbLocal, startDynamodbLocal } from "../../dynamodb/dynamodb-local.ts";

const tableName = "keyvend-test";
const key = "0a".repeat(32);
let local: DynamodbLocal;

beforeAll(async () => {
  local = await startDynamodbLocal(tableName);
});
afterAll(() => local?.close());

test("in each generation, one of a hundred claims at once wins", async () => {
  const claims = createClaimTable(dynamodbCall(local.url), tableName);
  const entries = createEntryTable(dynamodbCall(local.url), tableName);
  for (const generation of [1_001, 1_002, 1_003]) {
    const entry = await entries.get(key);
    const all = Array.from({ length: 100 }, () => claims.claim(key, entry, 1_000, 1_500));
    const winners = (await Promise.all(all)).filter((claim) => claim !== undefined);
    expect(winners).toEqual([generation]);
  }
});

test("a hundred reservations at once get one slot each", async () => {
  const rates = createRateTable(dynamodbCall(local.url), tableName);
  const slots = await Promise.all(Array.from({ length: 100 }, () => rates.reserve(5, 1, 1_000, 1_500)));
  expect(slots.map(Number).sort((one, other) => one - other)).toEqual(
    Array.from({ length: 100 }, (_, n) => 1_000 + 5 * n),
  );
});

test("DynamoDB Local listens on 127.0.0.1 and nowhere else", async () => {
  const { port } = new URL(local.url);
  const reached = (host: string) =>
    new Promise((resolve) => {
      const socket = connect(Number(port), host, () => resolve(true));
      socket.on("error", () => resolve(false)).on("connect", () => socket.destroy());
    });
  expect(await reached("127.0.0.1")).toBe(true);
  // If it listened on every interface, it would answer here too.
  expect(await reached("127.0.0.2")).toBe(false);
});
