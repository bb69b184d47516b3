import { expect, test } from "vitest";
import { entryKey } from "../../shared/core/entry-key.ts";
import { createSessionCache } from "../../shared/vending/session-cache.ts";
import { throttled } from "../dynamodb/simulated-dynamodb.ts";
import { sampleRequest, sampleStorage } from "./samples.ts";
import { createFleet, createTable, revocationsOf, tableName } from "./simulated-fleet.ts";

const request = sampleRequest(sampleStorage("session-token"));
const key = entryKey(request);

test("an instance remembers a thousand sessions, and for one more it forgets the oldest", async () => {
  const { clock, seal, table } = await createFleet();
  const revocations = revocationsOf({ table, clock });
  await revocations.current();
  const storageKeys = { known: async () => undefined };
  const sessions = createSessionCache({ table, seal, storageKeys, revocations, clock });
  const session = {
    accessKeyId: "ASIA",
    secretAccessKey: "secret",
    sessionToken: "token",
    issuedAt: clock.now(),
    expiration: clock.now() + 3_600_000,
  };
  for (let n = 0; n <= 1_000; n++) sessions.remember(`key-${n}`, { session });
  expect(sessions.lastKnown("key-0")).toBeUndefined();
  expect(await sessions.fromMemory("key-0", request)).toBeUndefined();
  for (const n of [1, 500, 1_000])
    expect(await sessions.fromMemory(`key-${n}`, request)).toEqual({ session, cache: "memory" });
});

test("while the table is away, a session from memory is remembered for five seconds more, so that not every request asks the table", async () => {
  const { call, clock, instance } = await createFleet();
  let reads = 0;
  let isAway = false;
  const { obtain } = instance({
    table: createTable(async (action, input) => {
      reads += Number(JSON.stringify(input).includes(key));
      if (isAway) throw throttled(action);
      return call(action, input);
    }, tableName),
  });
  await obtain(request);
  const { session } = await obtain(request);
  isAway = true;
  clock.advance(5_000);
  reads = 0;
  const reason = expect.stringContaining("without the table");
  expect(await obtain(request)).toEqual({ session, cache: "memory", reason });
  clock.advance(4_999);
  expect(await obtain(request)).toEqual({ session, cache: "memory" });
  expect(reads).toBe(1);
  clock.advance(1);
  expect(await obtain(request)).toEqual({ session, cache: "memory", reason });
  expect(reads).toBe(2);
});

test("a session that was replaced is not handed out again, not even while the table is away", async () => {
  const { call, clock, sts, table, instance } = await createFleet();
  let isAway = false;
  const { obtain } = instance({
    table: createTable(async (action, input) => {
      if (isAway) throw throttled(action);
      return call(action, input);
    }, tableName),
  });
  const replaced = await obtain(request);
  expect(await obtain(request)).toEqual({ session: replaced.session, cache: "table" });

  // As when the warmer drops it: the request is no longer authorized.
  const { generation = Number.NaN } = (await table.get(key)) ?? {};
  expect(await table.drop(key, generation)).toBe(true);
  clock.advance(5_000);
  expect(await obtain(request)).toMatchObject({ cache: "issued" });
  isAway = true;
  const alone = await obtain(request);
  expect(alone.session).not.toEqual(replaced.session);
  expect(sts.requests).toHaveLength(3);
});
