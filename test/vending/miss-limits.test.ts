import { expect, test } from "vitest";
import { entryKey } from "../../shared/core/entry-key.ts";
import { issueRefusal } from "../../shared/core/issue-refusal.ts";
import type { Principal } from "../../shared/core/principal.ts";
import type { StorageOf } from "../../shared/core/storage.ts";
import { TableUnreachable } from "../../shared/vending/ports.ts";
import { alice, sampleGrant, sampleRequest, sampleStorage } from "./samples.ts";
import { createFleet, createTable, tableName } from "./simulated-fleet.ts";
import { createService } from "./vending-service.ts";

const misses = { perPrincipal: 3, perClientKey: 4, perStorage: 5 };
const bob: Principal = { ...alice, subject: "bob" };
const scopeOf = (n: number) => ({ scope: { prefixes: [`scope-${n}/`] } });

/** The request of a principal for the n-th scope of a storage. */
function requestOf(principal: Principal, n: number, storage: StorageOf<"assume-role"> = lake) {
  return sampleRequest(storage, { ...scopeOf(n), principal });
}

const lake = sampleStorage("assume-role");
const pond = sampleStorage("assume-role", { name: "pond" });

/** A fleet at 19:13:20 UTC, so that a window ends in 400 s. */
async function fleetInWindow() {
  const fleet = await createFleet();
  const now = fleet.clock.now();
  fleet.clock.advance(Date.UTC(2050, 0, 1, 19, 13, 20) - now);
  const { obtain } = fleet.instance({ misses });
  /** How each of so many requests for scopes of their own ends: a tier, or a code. */
  const obtainMany = async (principal: Principal, from: number, count: number, storage = lake) => {
    const outcomes: string[] = [];
    for (let n = from; n < from + count; n++) {
      const outcome = obtain(requestOf(principal, n, storage));
      outcomes.push(await outcome.then(({ cache }) => cache).catch(({ code }) => code));
    }
    return outcomes;
  };
  return { ...fleet, obtain, obtainMany };
}

test("a principal whose misses are used up is told the limit, its end, and the seconds until then", async () => {
  const { clock, obtain, obtainMany, sts } = await fleetInWindow();
  expect(await obtainMany(alice, 0, 3)).toEqual(["issued", "issued", "issued"]);
  await expect(obtain(requestOf(alice, 3))).rejects.toMatchObject({
    code: "throttled",
    message:
      "The limit of 3 new sessions in ten minutes for one caller is used up. It ends at 2050-01-01T19:20:00Z.",
    retryAfterSeconds: 400,
    cause: "misses.perPrincipal of the configuration",
  });
  clock.advance(399_999);
  await expect(obtain(requestOf(alice, 3))).rejects.toMatchObject({ retryAfterSeconds: 1 });
  expect(sts.requests).toHaveLength(3);
  clock.advance(1);
  expect(await obtainMany(alice, 3, 1)).toEqual(["issued"]);
});

test("a client key has a limit of its own, and its refusal names that", async () => {
  const { obtain, obtainMany } = await fleetInWindow();
  const polaris: Principal = { ...alice, issuer: "client-key", subject: "polaris", kind: "client-key" };
  expect(await obtainMany(polaris, 0, 5)).toEqual([...Array(4).fill("issued"), "throttled"]);
  await expect(obtain(requestOf(polaris, 9))).rejects.toMatchObject({
    message: expect.stringContaining("The limit of 4 new sessions"),
    cause: "misses.perClientKey of the configuration",
  });
});

test("another principal goes on at once, also for the same scope, and takes nothing from the first one's", async () => {
  const { obtainMany } = await fleetInWindow();
  expect(await obtainMany(alice, 0, 4)).toEqual(["issued", "issued", "issued", "throttled"]);
  expect(await obtainMany(bob, 3, 3)).toEqual(["issued", "issued", "throttled"]);
});

test("a storage's limit counts all principals, and leaves other storages alone", async () => {
  const { obtain, obtainMany, sts } = await fleetInWindow();
  await obtainMany(alice, 0, 3);
  expect(await obtainMany(bob, 10, 3)).toEqual(["issued", "issued", "throttled"]);
  await expect(obtain(requestOf({ ...alice, subject: "carol" }, 20))).rejects.toMatchObject({
    code: "throttled",
    message:
      "The limit of 5 new sessions in ten minutes for storage lake is used up. It ends at 2050-01-01T19:20:00Z.",
    retryAfterSeconds: 400,
    cause: "misses.perStorage of the configuration",
  });
  expect(sts.requests).toHaveLength(5);
  expect(await obtainMany({ ...alice, subject: "carol" }, 0, 1, pond)).toEqual(["issued"]);
});

test("a principal whose limit is used up takes nothing from the storage's", async () => {
  const { obtainMany } = await fleetInWindow();
  expect(await obtainMany(alice, 0, 50)).toEqual([
    ...Array(3).fill("issued"),
    ...Array(47).fill("throttled"),
  ]);
  expect(await obtainMany(bob, 100, 2)).toEqual(["issued", "issued"]);
});

test("one name at two issuers is two principals, and so are names that run together", async () => {
  const { obtainMany } = await fleetInWindow();
  await obtainMany({ ...alice, issuer: "a", subject: "bc" }, 0, 3);
  expect(await obtainMany({ ...alice, issuer: "ab", subject: "c" }, 10, 1)).toEqual(["issued"]);
});

test("of the storage's limit waiting callers are told as of any failure, of a principal's they are not", async () => {
  const { obtain, obtainMany } = await fleetInWindow();
  await obtainMany(alice, 0, 3);
  await expect(obtain(requestOf(alice, 9))).rejects.toMatchObject({ code: "throttled" });
  // The claim was released, so nobody waits for it.
  expect(await obtain(requestOf(bob, 9))).toEqual(expect.not.objectContaining({ tookOver: true }));
  await obtainMany(bob, 10, 1);
  const carol = { ...alice, subject: "carol" };
  await expect(obtain(requestOf(carol, 30))).rejects.toMatchObject({ retryAfterSeconds: 400 });
  await expect(obtain(requestOf({ ...alice, subject: "dave" }, 30))).rejects.toMatchObject({
    code: "throttled",
    message: "Storage lake cannot issue credentials right now.",
    retryAfterSeconds: 10,
  });
});

test("answers from the cache do not count, and do not read the counters", async () => {
  const { call, clock, instance, obtain } = await fleetInWindow();
  await obtain(requestOf(alice, 0));
  const read: string[] = [];
  const { obtain: other } = instance({
    table: createTable(async (action, input) => {
      read.push((input as { Key: { key: { S: string } } }).Key.key.S);
      return call(action, input);
    }, tableName),
  });
  expect(await other(requestOf(alice, 0))).toMatchObject({ cache: "table" });
  expect(await other(requestOf(alice, 0))).toMatchObject({ cache: "memory" });
  clock.advance(6_000);
  expect(await other(requestOf(alice, 0))).toMatchObject({ cache: "table" });
  const rows = [entryKey(requestOf(alice, 0)), "storage-key lake", "revocations"];
  expect(read.sort()).toEqual([...rows, ...rows].sort());
});

test("an older session that is still usable is handed out instead of a refusal", async () => {
  const { clock, obtain, obtainMany } = await fleetInWindow();
  await obtain(requestOf(alice, 0));
  clock.advance(3_600_000 - 10 * 60_000);
  await obtainMany(alice, 1, 3);
  expect(await obtain(requestOf(alice, 0))).toMatchObject({
    cache: "table",
    stale: true,
    reason: expect.stringContaining("The limit of 3 new sessions"),
  });
});

test("a failed call to STS counts as well, since it was made", async () => {
  const { clock, obtain, obtainMany, sts } = await fleetInWindow();
  sts.answer = () => Promise.reject(issueRefusal("storage_misconfigured", "lake"));
  await obtainMany(alice, 0, 3);
  sts.answer = async (session) => session;
  clock.advance(10_000);
  await expect(obtain(requestOf(alice, 0))).rejects.toMatchObject({ code: "throttled" });
});

test("of a hundred callers that come at once, as many ask STS as the limit allows", async () => {
  const { obtain, sts } = await fleetInWindow();
  const all = Array.from({ length: 100 }, (_, n) => obtain(requestOf(alice, n)));
  const outcomes = await Promise.allSettled(all);
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
  expect(sts.requests).toHaveLength(3);
});

test("without the counters an instance keeps to the limit that holds without the table", async () => {
  const { instance, table, sts } = await createFleet();
  const away = async () => {
    throw new TableUnreachable("away");
  };
  const { obtain } = instance({ table: { ...table, count: away } });
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) => obtain(requestOf(alice, n))),
  );
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
  expect(sts.requests).toHaveLength(5);
  // A fault of the table is no failure of STS, and none is left to others.
  const { obtain: healthy } = instance();
  expect(await healthy(requestOf(bob, 19))).toMatchObject({ cache: "issued" });
});

test("the warmer does not count", async () => {
  const { clock, instance, aws, dynamodb } = await createService(
    (stsEndpoint) => [sampleStorage("session-token", { stsEndpoint })],
    [sampleGrant()],
  );
  const { vend, warm } = instance();
  await vend({ storage: "lake" });
  await instance().vend({ storage: "lake" });
  clock.advance(31 * 60_000);
  await warm();
  expect(aws.stsServer.calls("GetSessionToken")).toBe(2);
  const rows = (await dynamodb.scan()) as { key: { S: string }; count?: { N: string } }[];
  expect(rows.flatMap(({ count }) => (count ? [count.N] : []))).toEqual(["1", "1"]);
});

test("a counter is no entry, and expires with its window", async () => {
  const { obtain, dynamodb } = await fleetInWindow();
  await obtain(requestOf(alice, 0));
  const rows = (await dynamodb.scan()) as { key: { S: string } }[];
  const end = Date.UTC(2050, 0, 1, 19, 20);
  const counted = { count: { N: "1" }, ttl: { N: String(end / 1_000) } };
  const counters = rows.filter(({ key }) => key.S.startsWith("misses:"));
  expect(counters.toSorted((a, b) => (a.key.S < b.key.S ? -1 : 1))).toEqual([
    { key: { S: expect.stringMatching(`^misses:principal:[0-9a-f]{64}:${end / 600_000}$`) }, ...counted },
    { key: { S: `misses:storage:lake:${end / 600_000}` }, ...counted },
  ]);
});
