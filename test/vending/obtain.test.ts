import { afterEach, expect, test, vi } from "vitest";
import { dynamodbCall } from "../../infra/local/dynamodb-call.ts";
import type { JsonCall } from "../../shared/aws/call.ts";
import { createSeal } from "../../shared/aws/seal.ts";
import { entryKey } from "../../shared/core/entry-key.ts";
import { VendError } from "../../shared/core/errors.ts";
import type { Session } from "../../shared/core/session.ts";
import { type ClaimTable, type EntryTable, NoSlot, TableUnreachable } from "../../shared/vending/ports.ts";
import { deadAddress, fakeService } from "../aws/fake-service.ts";
import { until } from "../until.ts";
import { alice, sampleRequest, sampleStorage } from "./samples.ts";
import {
  clockOfEndlessClaims,
  createFleet,
  createTable,
  entryRows,
  sealingSecret,
  tableName,
} from "./simulated-fleet.ts";

afterEach(() => vi.restoreAllMocks());

const minute = 60_000;
const request = sampleRequest(sampleStorage("session-token"));
const key = entryKey(request);
const away = new VendError("throttled", "STS throttles.", { cause: "Throttling" });
const wrongKey = new VendError("storage_misconfigured", "The long-term key is wrong.");
const warrant = { principal: alice, ask: { storage: request.storage.name }, grant: "lake-readers" };
/** Resolves when a waiting caller has read the table, decided to wait, and come back to read again. */
async function secondLook(table: EntryTable): Promise<void> {
  const looks = vi.spyOn(table, "get").mockClear();
  await until(() => expect(looks.mock.calls.length).toBeGreaterThan(1));
}
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
  const { session, ...how } = await instance().obtain(request);
  expect(how).toEqual({ cache: "issued" });

  clock.advance(lastServedMs);
  const remembering = instance();
  expect(await remembering.obtain(request)).toEqual({ session, cache: "table" });
  expect(await remembering.obtain(request)).toEqual({ session, cache: "memory" });
  clock.advance(1);
  const afterwards = await remembering.obtain(request);
  expect(afterwards).toMatchObject({ cache: "issued" });
  expect(afterwards.session).not.toEqual(session);
  expect(sts.requests).toHaveLength(2);
});

test("the life that STS gave counts, and not the duration of the request", async () => {
  const { clock, sts, instance } = await createFleet();
  sts.givesSeconds = 3_600;
  await instance().obtain({ ...request, durationSeconds: 43_200 });
  clock.advance(30 * minute + 1);
  expect(await instance().obtain({ ...request, durationSeconds: 43_200 })).toMatchObject({ cache: "issued" });
});

test("a session that STS gave for 15 minutes is for the caller that asked, and for no later one", async () => {
  const { sts, instance } = await createFleet();
  sts.givesSeconds = 900;
  const first = instance();
  const answers = [
    await first.obtain(request),
    await first.obtain(request),
    await instance().obtain(request),
  ];
  // Nothing else tells an operator that the cache does not help.
  const reason = "STS gave a session that is too short to be handed out again";
  for (const answer of answers) expect(answer).toMatchObject({ cache: "issued", notKept: true, reason });
  expect(new Set(answers.map(({ session }) => session.accessKeyId)).size).toBe(3);
});

test("an expired session that DynamoDB still holds is never handed out, not even while STS is away", async () => {
  const { clock, dynamodb, sts, instance } = await createFleet();
  await instance().obtain(request);
  clock.advance(60 * minute);
  sts.answer = fail(away);
  expect(await entryRows(dynamodb)).toHaveLength(1);
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

// ── One issue across all instances

test("a hundred cold instances cost one call to STS", async () => {
  const { sts, instance } = await createFleet();
  const answers = await Promise.all(Array.from({ length: 100 }, () => instance().obtain(request)));
  expect(sts.requests).toHaveLength(1);
  expect(new Set(answers.map(({ session }) => session.accessKeyId)).size).toBe(1);
  expect(answers.filter(({ cache }) => cache === "table")).toHaveLength(99);
});

test("a hundred instances with an aged session cost one more call", async () => {
  const { clock, sts, instance } = await createFleet();
  await instance().obtain(request);
  clock.advance(31 * minute);
  await Promise.all(Array.from({ length: 100 }, () => instance().obtain(request)));
  expect(sts.requests).toHaveLength(2);
});

test("a winner that dies is overtaken when others have seen its claim for a second, and not before", async () => {
  const { clock, table, sts, instance, calls } = await createFleet();
  sts.answer = never;
  void instance().obtain(request);
  await calls(1);
  sts.answer = async (session) => session;
  const waiting = instance().obtain(request);
  await secondLook(table);
  clock.advance(999);
  await secondLook(table);
  expect(sts.requests).toHaveLength(1);
  clock.advance(1);
  expect(await waiting).toMatchObject({ cache: "issued", tookOver: true });
  expect(sts.requests).toHaveLength(2);
});

test("a claim that is dead by any clock is overtaken at once", async () => {
  const { clock, table, instance } = await createFleet();
  await table.claim(key, undefined, clock.now(), 1_000);
  clock.advance(61_001);
  expect(await instance().obtain(request)).toMatchObject({ cache: "issued", tookOver: true });
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
  sts.answer = async (session) => session;
  clock.advance(61_001);
  const newer = await instance().obtain(request);
  slow.resolve();

  expect((await overtaken).session).not.toEqual(newer.session);
  expect(await instance().obtain(request)).toEqual({ session: newer.session, cache: "table" });
});

test("a winner that fails late takes nothing from the instance that overtook it", async () => {
  const { clock, table, sts, instance, calls } = await createFleet();
  const slow = Promise.withResolvers<Session>();
  sts.answer = () => slow.promise;
  const overtaken = instance().obtain(request);
  await calls(1);
  clock.advance(61_001);
  sts.answer = never;
  void instance().obtain(request);
  await calls(2);
  slow.reject(away);
  await expect(overtaken).rejects.toBe(away);

  sts.answer = async (session) => session;
  // The end of the test ends its wait.
  instance()
    .obtain(request)
    .catch(() => {});
  await secondLook(table);
  expect(sts.requests).toHaveLength(2);
});

test("an instance that has waited 1.9 s issues by itself, and says so", async () => {
  const fleet = await createFleet();
  const { clock, sts, instance } = fleet;
  const began = clock.now();
  const answer = await instance({ clock: await clockOfEndlessClaims(fleet, key) }).obtain(request);
  expect(answer).toMatchObject({
    cache: "issued",
    notKept: true,
    waitedMs: 1_900,
    reason: "waited too long for another caller",
  });
  expect(clock.now() - began).toBe(1_900);
  expect(sts.requests).toHaveLength(1);
});

test("waiting callers look less and less often, and not in step", async () => {
  const { clock, table, instance } = await createFleet();
  await table.claim(key, undefined, clock.now(), 1_000);
  const pausesOf = async () => {
    const pauses: number[] = [];
    const sleep = async (milliseconds: number) => {
      if (pauses.push(milliseconds) === 5) throw new Error("seen enough");
    };
    await instance({ clock: { now: clock.now, sleep } })
      .obtain(request)
      .catch(() => {});
    return pauses;
  };
  const [one, other] = [await pausesOf(), await pausesOf()];
  for (const [n, middle] of [80, 128, 200, 200, 200].entries()) {
    expect(one[n]).toBeGreaterThanOrEqual(middle / 2);
    expect(one[n]).toBeLessThanOrEqual(middle * 1.5);
    expect(one[n]).not.toBe(other[n]);
  }
});

// ── A failed issue

test.each([away, wrongKey])(
  "a failed issue ($code) is every caller's answer for two seconds, and no caller's answer afterwards",
  async (error) => {
    const { clock, dynamodb, sts, instance } = await createFleet();
    sts.answer = fail(error);
    await expect(instance().obtain(request)).rejects.toBe(error);
    expect(await entryRows(dynamodb)).toEqual([expect.not.objectContaining({ sealed: expect.anything() })]);

    sts.answer = async (session) => session;
    clock.advance(1_999);
    await expect(instance().obtain(request)).rejects.toMatchObject({ code: error.code });
    expect(sts.requests).toHaveLength(1);
    clock.advance(1);
    expect(await instance().obtain(request)).toMatchObject({ cache: "issued" });
    expect(await instance().obtain(request)).toMatchObject({ cache: "table" });
  },
);

test("a hundred callers that meet a failing STS cost one call, and each learns when to come back", async () => {
  const { sts, instance } = await createFleet();
  sts.answer = fail(new VendError("throttled", "STS throttles.", { retryAfterSeconds: 3 }));
  const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => instance().obtain(request)));
  expect(sts.requests).toHaveLength(1);
  const errors = outcomes.map((outcome) => (outcome.status === "rejected" ? outcome.reason : outcome));
  for (const error of errors) expect(error).toMatchObject({ code: "throttled", retryAfterSeconds: 3 });
});

test("a failure that was marked by a clock far ahead holds no caller up", async () => {
  const { clock, table, instance } = await createFleet();
  const generation = (await table.claim(key, undefined, clock.now(), 1_000)) ?? 0;
  await table.release(key, generation, { code: "throttled", until: clock.now() + 60_000 });
  expect(await instance().obtain(request)).toMatchObject({ cache: "issued" });
});

test("a mark with a code that is not ours is answered as a failure of ours", async () => {
  const { clock, table, instance } = await createFleet();
  const generation = (await table.claim(key, undefined, clock.now(), 1_000)) ?? 0;
  const code = "see-other" as "internal";
  await table.release(key, generation, { code, until: clock.now() + 2_000 });
  await expect(instance().obtain(request)).rejects.toMatchObject({ code: "internal" });
});

test("a caller that has waited for an issue gets its failure, whatever the clocks say", async () => {
  const { clock, table, sts, instance } = await createFleet();
  const generation = (await table.claim(key, undefined, clock.now(), 1_000)) ?? 0;
  const waiting = instance().obtain(request);
  await secondLook(table);
  await table.release(key, generation, { code: "throttled", until: clock.now() - 60_000 });
  await expect(waiting).rejects.toMatchObject({ code: "throttled", retryAfterSeconds: 1 });
  expect(sts.requests).toEqual([]);
});

// ── Ahead of need

test("of a hundred callers that are served from a due entry, one asks the warmer, and none waits for it", async () => {
  const { clock, sts, instance, warmerRequests } = await createFleet();
  const { session } = await instance().obtain(request, { warrant });
  await instance().obtain(request, { warrant });
  clock.advance(29 * minute);
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => instance().obtain(request, { warrant })),
  );
  expect(answers).toEqual(Array(100).fill({ session, cache: "table" }));
  expect(warmerRequests).toEqual([key]);
  expect(sts.requests).toHaveLength(1);
});

test("no caller asks the warmer for an entry that is not due, or that cannot be issued without its caller", async () => {
  const { clock, instance, warmerRequests } = await createFleet();
  await instance().obtain(request, { warrant });
  await instance().obtain(request, { warrant });
  clock.advance(14 * minute);
  await instance().obtain(request, { warrant });
  expect(warmerRequests).toEqual([]);

  const { clock: later, instance: another, warmerRequests: asked } = await createFleet();
  await another().obtain(request);
  await another().obtain(request);
  later.advance(29 * minute);
  expect(await another().obtain(request)).toMatchObject({ cache: "table" });
  expect(asked).toEqual([]);
});

test("a warmer that does not come is asked again when it must be dead by any clock; after a failed event, at once", async () => {
  const { clock, instance, warmerRequests } = await createFleet();
  await instance().obtain(request, { warrant });
  await instance().obtain(request, { warrant });
  clock.advance(26 * minute);
  const deaf = instance({
    askWarmer: async () => {
      throw new Error("Lambda throttles");
    },
  });
  const reason = "not kept warm: Error: Lambda throttles";
  expect(await deaf.obtain(request, { warrant })).toMatchObject({ cache: "table", reason });
  await instance().obtain(request, { warrant });
  clock.advance(61_000);
  await instance().obtain(request, { warrant });
  expect(warmerRequests).toEqual([key]);
  clock.advance(1);
  await instance().obtain(request, { warrant });
  expect(warmerRequests).toEqual([key, key]);
});

test("after a failed renewal, no caller asks the warmer for as long as STS has advised", async () => {
  const { clock, table, instance, warmerRequests } = await createFleet();
  await instance().obtain(request, { warrant });
  await instance().obtain(request, { warrant });
  clock.advance(26 * minute);
  const entry = await table.get(key);
  const generation = (await table.claim(key, entry, clock.now(), 1_000)) ?? 0;
  await table.release(key, generation, { code: "throttled", until: clock.now() + 5_000 });
  clock.advance(4_999);
  expect(await instance().obtain(request, { warrant })).toMatchObject({ cache: "table" });
  expect(warmerRequests).toEqual([]);
  clock.advance(1);
  await instance().obtain(request, { warrant });
  expect(warmerRequests).toEqual([key]);
});

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
  await expect(instance().obtain(request)).rejects.toMatchObject({ code: error.code });
});

test("while STS refuses the long-term key, its earlier session is no longer handed out", async () => {
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
  const { sts, primedInstance } = await createFleet();
  const table = createTable(dynamodbCall(await addressOf()), tableName);
  const alone = await primedInstance({ table });
  expect(await alone.obtain(request)).toMatchObject({
    cache: "issued",
    notKept: true,
    reason: `without the table: ${fault}`,
  });
  expect(sts.requests).toHaveLength(1);
});

test("while the table is away, an instance serves the sessions in its memory as long as it may", async () => {
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
  // It remembers the session that it issued by itself: other instances cannot have it, but this one need not ask twice.
  const own = await remembering.obtain(request);
  expect(own).toMatchObject({ cache: "memory" });
  clock.advance(30 * minute);
  expect(await remembering.obtain(request)).toEqual({ ...own, reason });
  clock.advance(1);
  sts.answer = fail(away);
  expect(await remembering.obtain(request)).toMatchObject({
    session: own.session,
    cache: "memory",
    stale: true,
  });
});

test("while the table is away, an instance asks STS five times at once, and then once a second", async () => {
  const { clock, dynamodb, sts, primedInstance } = await createFleet();
  const alone = await primedInstance();
  await dynamodb.close();
  const requests = Array.from({ length: 6 }, (_, n) => ({ ...request, durationSeconds: 3_600 + n }));
  for (const each of requests.slice(0, 5)) {
    expect(await alone.obtain(each)).toMatchObject({ cache: "issued" });
  }
  const last = requests[5] as typeof request;
  await expect(alone.obtain(last)).rejects.toMatchObject({ code: "throttled", retryAfterSeconds: 1 });
  clock.advance(999);
  await expect(alone.obtain(last)).rejects.toMatchObject({ code: "throttled" });
  clock.advance(1);
  expect(await alone.obtain(last)).toMatchObject({ cache: "issued" });
  expect(sts.requests).toHaveLength(6);
});

test("a table that goes away before the session is kept costs the caller nothing", async () => {
  const { dynamodb, sts, instance } = await createFleet();
  sts.answer = async (session) => {
    await dynamodb.close();
    return session;
  };
  expect(await instance().obtain(request)).toMatchObject({
    cache: "issued",
    notKept: true,
    reason: expect.stringMatching(/^not kept: TableUnreachable: UpdateItem/),
  });
});

const busy = async () => {
  throw new TableUnreachable("UpdateItem: ProvisionedThroughputExceededException (400)");
};

test.each<[string, Partial<ClaimTable>]>([
  ["claimed", { claim: busy }],
  ["kept", { keep: busy }],
])("while no entry can be %s, an instance asks STS once, and answers from its memory", async (_, broken) => {
  const { clock, sts, table, instance } = await createFleet();
  const alone = instance({ table: { ...table, ...broken } });
  const first = await alone.obtain(request);
  expect(first).toMatchObject({ cache: "issued", reason: expect.stringContaining("UpdateItem") });
  for (const pauseMs of [0, 4_000]) {
    clock.advance(pauseMs);
    expect(await alone.obtain(request)).toMatchObject({ cache: "memory", session: first.session });
  }
  expect(sts.requests).toHaveLength(1);
});

test("while no claim can be written, an instance keeps to its own limit, and is not held up", async () => {
  const { clock, sts, table, instance } = await createFleet();
  const alone = instance({ table: { ...table, claim: busy } });
  const began = clock.now();
  const requests = Array.from({ length: 7 }, (_, n) => ({ ...request, durationSeconds: 3_600 + n }));
  const outcomes = await Promise.allSettled(requests.map((each) => alone.obtain(each)));
  expect(clock.now() - began).toBeLessThan(1_900);
  expect(outcomes.map(({ status }) => status).sort()).toEqual([
    ...Array.from({ length: 5 }, () => "fulfilled"),
    ...["rejected", "rejected"],
  ]);
  expect(sts.requests).toHaveLength(5);
});

test("an instance that cannot claim because a thousand others do finds the winner's result", async () => {
  const { sts, table, instance } = await createFleet();
  const unlucky = instance({
    table: {
      ...table,
      async claim() {
        await instance().obtain(request);
        throw new TableUnreachable("UpdateItem: ProvisionedThroughputExceededException (400)");
      },
    },
  });
  expect(await unlucky.obtain(request)).toMatchObject({ cache: "table", waitedMs: expect.any(Number) });
  expect(sts.requests).toHaveLength(1);
});

test("a claim that ends without a call to STS leaves no failure behind", async () => {
  const { table, instance } = await createFleet();
  const issue = async () => {
    throw new NoSlot("The warmers' rate is used up.");
  };
  await expect(instance({ issue }).obtain(request)).rejects.toThrow(NoSlot);
  expect(await table.get(key)).toEqual({ key, generation: expect.any(Number) });
  expect(await instance().obtain(request)).toMatchObject({ cache: "issued" });
});

test("without the sealing key no entry is kept or opened, no caller waits, and each gets an answer", async () => {
  const { clock, dynamodb, sts, instance } = await createFleet();
  await instance().obtain(request);
  const seal = createSeal(
    async () => {
      throw new Error("Secrets Manager is away");
    },
    clock,
    () => undefined,
  );
  for (const caller of [instance({ seal }), instance({ seal })]) {
    expect(await caller.obtain(request)).toMatchObject({
      cache: "issued",
      notKept: true,
      reason: "without the seal: Secrets Manager is away",
    });
    expect(await caller.obtain(request)).toMatchObject({ cache: "memory" });
  }
  expect(sts.requests).toHaveLength(3);
  expect(await entryRows(dynamodb)).toHaveLength(1);
});

const otherKey = JSON.stringify({ current: "k2", k2: "a sealing key that only others know" });
const sameNameOtherKey = sealingSecret.replace("all", "no");

test.each([
  ["by an unknown key", otherKey],
  ["by another key of the same name", sameNameOtherKey],
])("an entry that was sealed %s is a miss", async (_, secret) => {
  const { clock, instance } = await createFleet();
  const foreign = await instance({
    seal: createSeal(
      async () => secret,
      clock,
      () => undefined,
    ),
  }).obtain(request);
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

function putSealed(call: JsonCall, at: string, sealed: string, generation: number) {
  return call("PutItem", {
    TableName: tableName,
    Item: { key: { S: at }, generation: { N: String(generation) }, sealed: { S: sealed } },
  });
}
