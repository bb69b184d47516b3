import { expect, test } from "vitest";
import { createJwksStore } from "../../shared/aws/jwks-store.ts";
import { createFleet, tableName } from "../vending/simulated-fleet.ts";

const source = "https://issuer.example/.well-known/openid-configuration";
const jwks = { keys: [{ kty: "RSA", kid: "k1", n: "modulus-of-the-key", e: "AQAB" }], fetchedAt: 1_000_500 };

async function createStore() {
  const { call, dynamodb, seal, table, clock } = await createFleet();
  return { store: createJwksStore(call, tableName, seal), call, dynamodb, table, clock };
}

test("key sets come back by their source, as they were put", async () => {
  const { store } = await createStore();
  expect(await store.get(source)).toBeUndefined();
  await store.put(source, jwks);
  expect(await store.get(source)).toEqual(jwks);
  await store.put(source, { ...jwks, fetchedAt: 2_000_000 });
  expect(await store.get(source)).toMatchObject({ fetchedAt: 2_000_000 });
  expect(await store.get(`${source}2`)).toBeUndefined();
});

test("key sets stand sealed in the table, for a week after they were fetched, and never on the warmer's list", async () => {
  const { store, dynamodb } = await createStore();
  await store.put(source, jwks);
  const rows = await dynamodb.scan();
  expect(rows).toEqual([
    { key: { S: `jwks ${source}` }, sealed: { S: expect.any(String) }, ttl: { N: String(1_001 + 604_800) } },
  ]);
  expect(JSON.stringify(rows)).not.toContain("modulus");
});

test.each([
  ["written by someone without the sealing key", () => JSON.stringify(jwks)],
  ["taken from another issuer's place", (sealed: string) => sealed],
])("a key set %s is not believed", async (_, forge) => {
  const { store, call, dynamodb } = await createStore();
  await store.put(source, jwks);
  const [row] = (await dynamodb.scan()) as { sealed: { S: string } }[];
  const other = "https://victim.example/keys";
  const sealed = { S: forge(row?.sealed.S ?? "") };
  await call("PutItem", { TableName: tableName, Item: { key: { S: `jwks ${other}` }, sealed } });
  expect(await store.get(other)).toBeUndefined();
});
