import { afterEach, expect, test, vi } from "vitest";
import { createSeal } from "../../shared/aws/seal.ts";
import { entryKey } from "../../shared/core/entry-key.ts";
import { VendError } from "../../shared/core/errors.ts";
import type { Session } from "../../shared/core/session.ts";
import { deadAddress, fakeService } from "../aws/fake-service.ts";
import { sampleRequest, sampleStorage } from "./samples.ts";
import { createFleet, createTable, dynamodbCall, sealingSecret, tableName } from "./simulated-fleet.ts";

afterEach(() => vi.restoreAllMocks());

const minute = 60_000;
const request = sampleRequest(sampleStorage("session-token"));
const key = entryKey(request);
const away = new VendError("throttled", "STS throttles.", { cause: "Throttling" });
const wrongKey = new VendError("storage_misconfigured", "The long-term key is wrong.");
const never = () => new Promise<Session>(() => {});
const fail = (error: Error) => async (): Promise<Session> => {
  throw error;
};

// ── For how long an answer comes from the cache

test.each([
  { life: 1_800, lastServedMs: 15 * minute - 1, because: "15 minutes and no more are left after" },
  { life: 3_600, lastServedMs: 30 * minute, because: "half of its life is left exactly then" },
  { life: 43_200, lastServedMs: 360 * minute, because: "half of its life is left exactly then" },
  { life: 1_000, lastServedMs: 100_000 - 1, because: "15 minutes and no more are left after" },
])("a session of $life s is served for $lastServedMs ms: $because", async ({ life, lastServedMs }) => {
  const { clock, sts, instance } = await createFleet();
  sts.givesSeconds = life;
  const { session } = await instance().obtain(request);

  clock.advance(lastServedMs);
  const remembering = instance();
  expect(await remembering.obtain(request)).toEqual({ session, cache: "table" });
  expect(await remembering.obtain(request)).toEqual({ session, cache: "memory" });
  clock.advance(1);
  const afterwards = await remembering.obtain(request);
  expect(afterwards).toMatchObject({ cache: "issued" });
  expect(afterwards.session).not.toEqual(session);
  expect(sts.asked).toHaveLength(2);
});

test("what STS returned counts, not what it was asked for", async () => {
  const { clock, sts, instance } = await createFleet();
  sts.givesSeconds = 3_600;
  await instance().obtain({ ...request, durationSeconds: 43_200 });
  clock.advance(30 * minute + 1);
  expect(await instance().obtain({ ...request, durationSeconds: 43_200 })).toMatchObject({ cache: "issued" });
});

test("a session that STS gave for 15 minutes is for the caller who asked, and for nobody after", async () => {
  const { sts, instance } = await createFleet();
  sts.givesSeconds = 900;
  const first = instance();
  const answers = [
    await first.obtain(request),
    await first.obtain(request),
    await instance().obtain(request),
  ];
  expect(answers.map(({ cache }) => cache)).toEqual(["issued", "issued", "issued"]);
  expect(new Set(answers.map(({ session }) => session.accessKeyId)).size).toBe(3);
});

test("an expired session that DynamoDB still holds is never handed out, not even while STS is away", async () => {
  const { clock, dynamodb, sts, instance } = await createFleet();
  await instance().obtain(request);
  clock.advance(60 * minute);
  sts.answer = fail(away);
  expect(await dynamodb.scan()).toHaveLength(1);
  await expect(instance().obtain(request)).rejects.toBe(away);
});

test("an instance answers from its memory for five seconds, then looks into the table again", async () => {
  const { clock, table, instance } = await createFleet();
  const remembering = instance();
  await remembering.obtain(request);
  await remembering.obtain(request);
  const get = vi.spyOn(table, "get");
  clock.advance(4_999);
  expect(await remembering.obtain(request)).toMatchObject({ cache: "memory" });
  expect(get).not.toHaveBeenCalled();
  clock.advance(1);
  expect(await remembering.obtain(request)).toMatchObject({ cache: "table" });
});

// ── One issuer across all instances

test("a hundred cold instances cost one call to STS", async () => {
  const { sts, instance } = await createFleet();
  const answers = await Promise.all(Array.from({ length: 100 }, () => instance().obtain(request)));
  expect(sts.asked).toHaveLength(1);
  expect(new Set(answers.map(({ session }) => session.accessKeyId)).size).toBe(1);
  expect(answers.filter(({ cache }) => cache === "table")).toHaveLength(99);
});

test("a hundred instances whose session has aged cost one more call", async () => {
  const { clock, sts, instance } = await createFleet();
  await instance().obtain(request);
  clock.advance(31 * minute);
  await Promise.all(Array.from({ length: 100 }, () => instance().obtain(request)));
  expect(sts.asked).toHaveLength(2);
});

test("a winner that dies is overtaken when its claim ends, and not before", async () => {
  const { clock, sts, instance, calls } = await createFleet();
  sts.answer = never;
  void instance().obtain(request);
  await calls(1);
  sts.answer = async (session) => session;
  const waiting = instance().obtain(request);
  clock.advance(1_499);
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(sts.asked).toHaveLength(1);
  clock.advance(1);
  expect(await waiting).toMatchObject({ cache: "issued" });
  expect(sts.asked).toHaveLength(2);
});

test("a slow winner that was overtaken cannot put its older session over the newer one", async () => {
  const { clock, sts, instance, calls } = await createFleet();
  const slow = Promise.withResolvers<void>();
  sts.answer = async (session) => {
    await slow.promise;
    return session;
  };
  const overtaken = instance().obtain(request);
  await calls(1);
  clock.advance(1_500);
  sts.answer = async (session) => session;
  const newer = await instance().obtain(request);
  slow.resolve();

  expect((await overtaken).session).not.toEqual(newer.session);
  expect(await instance().obtain(request)).toEqual({ session: newer.session, cache: "table" });
});

test("a winner that failed late takes nothing from the one who overtook it", async () => {
  const { clock, sts, instance, calls } = await createFleet();
  const slow = Promise.withResolvers<Session>();
  sts.answer = () => slow.promise;
  const overtaken = instance().obtain(request);
  await calls(1);
  clock.advance(1_500);
  sts.answer = never;
  void instance().obtain(request);
  await calls(2);
  slow.reject(away);
  await expect(overtaken).rejects.toBe(away);

  sts.answer = async (session) => session;
  void instance().obtain(request);
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(sts.asked).toHaveLength(2);
});

test("whoever has waited 1.8 s issues by itself, and says so", async () => {
  const { clock, table, sts, instance } = await createFleet();
  await table.claim(key, undefined, clock.now(), clock.now() + 60 * minute);
  const began = clock.now();
  const answer = await instance({
    clock: { now: clock.now, sleep: async (milliseconds) => clock.advance(milliseconds) },
  }).obtain(request);
  expect(answer).toMatchObject({ cache: "issued", reason: "waited too long for another caller" });
  expect(clock.now() - began).toBeGreaterThanOrEqual(1_800);
  expect(clock.now() - began).toBeLessThan(1_900);
  expect(sts.asked).toHaveLength(1);
});

test.each([away, wrongKey])(
  "a failed issue ($code) is nobody's answer, and the next caller asks STS at once",
  async (error) => {
    const { dynamodb, sts, instance } = await createFleet();
    sts.answer = fail(error);
    await expect(instance().obtain(request)).rejects.toBe(error);
    expect(await dynamodb.scan()).toEqual([expect.not.objectContaining({ sealed: expect.anything() })]);

    sts.answer = async (session) => session;
    expect(await instance().obtain(request)).toMatchObject({ cache: "issued" });
    expect(await instance().obtain(request)).toMatchObject({ cache: "table" });
  },
);

// ── When STS, the table or the sealing key is away

test.each([
  ["throttles", away],
  ["is away", new VendError("unavailable", "STS is out of reach.", { cause: "TimeoutError" })],
])("while STS %s, a session with a minute left is handed out, marked as stale", async (_, error) => {
  const { clock, sts, instance } = await createFleet();
  const { session } = await instance().obtain(request);
  sts.answer = fail(error);

  clock.advance(59 * minute);
  const stale = { session, cache: "table", stale: true, reason: `${error.message} (${error.cause})` };
  expect(await instance().obtain(request)).toEqual(stale);
  clock.advance(1);
  await expect(instance().obtain(request)).rejects.toBe(error);
});

test("while STS refuses the long-term key, what it once issued is not handed out any more", async () => {
  const { clock, sts, instance } = await createFleet();
  await instance().obtain(request);
  clock.advance(31 * minute);
  sts.answer = fail(wrongKey);
  await expect(instance().obtain(request)).rejects.toBe(wrongKey);
});

const awsError = (status: number, type: string) => async () =>
  (await fakeService(() => ({ status, body: JSON.stringify({ __type: `com.amazonaws#${type}` }) }))).url;

test.each([
  ["with nothing listening", deadAddress, "GetItem: network"],
  ["that answers 500", awsError(500, "InternalServerError"), "GetItem: InternalServerError (500)"],
  [
    "that throttles",
    awsError(400, "ProvisionedThroughputExceededException"),
    "GetItem: ProvisionedThroughputExceededException (400)",
  ],
])("a table %s stops no vend, and the record says so", async (_, addressOf, fault) => {
  const { sts, instance } = await createFleet();
  const table = createTable(dynamodbCall(await addressOf()), tableName);
  const alone = instance({ table });
  expect(await alone.obtain(request)).toMatchObject({
    cache: "issued",
    reason: `without the table: ${fault}`,
  });
  expect(sts.asked).toHaveLength(1);
});

test("what an instance remembers is served, as long as it may be, while the table is away", async () => {
  const { clock, dynamodb, sts, instance } = await createFleet();
  const remembering = instance();
  await remembering.obtain(request);
  const { session } = await remembering.obtain(request);
  await dynamodb.close();

  clock.advance(30 * minute);
  const reason = expect.stringMatching(/^without the table: GetItem/);
  expect(await remembering.obtain(request)).toEqual({ session, cache: "memory", reason });
  clock.advance(1);
  expect(await remembering.obtain(request)).toMatchObject({ cache: "issued", reason });
  sts.answer = fail(away);
  expect(await remembering.obtain(request)).toMatchObject({ session, stale: true });
});

test("a table that goes away before the session is kept costs the caller nothing", async () => {
  const { dynamodb, sts, instance } = await createFleet();
  sts.answer = async (session) => {
    await dynamodb.close();
    return session;
  };
  expect(await instance().obtain(request)).toMatchObject({
    cache: "issued",
    reason: expect.stringMatching(/^not kept: TableUnreachable: UpdateItem/),
  });
});

test("without the sealing key nothing is kept or opened, nobody waits, and everybody is answered", async () => {
  const { clock, dynamodb, sts, instance } = await createFleet();
  await instance().obtain(request);
  const seal = createSeal(async () => {
    throw new Error("Secrets Manager is away");
  }, clock);
  for (const caller of [instance({ seal }), instance({ seal })]) {
    expect(await caller.obtain(request)).toMatchObject({
      cache: "issued",
      reason: "not kept: Error: Secrets Manager is away",
    });
  }
  expect(sts.asked).toHaveLength(3);
  expect(await dynamodb.scan()).toHaveLength(1);
});

const otherKey = JSON.stringify({ current: "k2", k2: "a sealing key that only others know" });
const sameNameOtherKey = sealingSecret.replace("all", "no");

test.each([
  ["by an unknown key", otherKey],
  ["by another key of the same name", sameNameOtherKey],
])("an entry that was sealed %s is a miss", async (_, secret) => {
  const { clock, instance } = await createFleet();
  const foreign = await instance({ seal: createSeal(async () => secret, clock) }).obtain(request);
  const answer = await instance().obtain(request);
  expect(answer.cache).toBe("issued");
  expect(answer.session).not.toEqual(foreign.session);
});

test.each<[string, (sealed: string) => string]>([
  ["was tampered with", (sealed) => sealed.replace(/.{8}$/, "AAAAAAAA")],
  ["lost its tag", (sealed) => sealed.replace(/^(\w+\.[^.]+)\.[^.]+/, "$1.")],
  ["is no sealed text at all", () => "nonsense"],
  ["is empty", () => "k1..."],
])("an entry that %s is a miss", async (_, alter) => {
  const { call, clock, table, instance } = await createFleet();
  await instance().obtain(request);
  const { sealed = "" } = (await table.get(key)) ?? {};
  await putSealed(call, key, alter(sealed), clock.now());
  expect(await instance().obtain(request)).toMatchObject({ cache: "issued" });
});

test("an entry that was moved to another request's place is a miss there", async () => {
  const { call, clock, table, instance } = await createFleet();
  const { session } = await instance().obtain(request);
  const longer = { ...request, durationSeconds: 7_200 };
  const { sealed = "" } = (await table.get(key)) ?? {};
  await putSealed(call, entryKey(longer), sealed, clock.now());
  const answer = await instance().obtain(longer);
  expect(answer.cache).toBe("issued");
  expect(answer.session).not.toEqual(session);
});

function putSealed(call: ReturnType<typeof dynamodbCall>, at: string, sealed: string, generation: number) {
  return call("PutItem", {
    TableName: tableName,
    Item: { key: { S: at }, generation: { N: String(generation) }, sealed: { S: sealed } },
  });
}
