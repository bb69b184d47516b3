import { describe, expect, test } from "vitest";
import { createRevocationStore } from "../../shared/aws/revocation-store.ts";
import type { Change } from "../../shared/core/revocation-changes.ts";
import { TableUnreachable } from "../../shared/vending/ports.ts";
import { createRevoke } from "../../shared/vending/revoke.ts";
import { throttled } from "../dynamodb/simulated-dynamodb.ts";
import { alice, sampleGrant, sampleStorage } from "./samples.ts";
import { createFleet, createTable, entryRows, revocationsOf, tableName } from "./simulated-fleet.ts";
import { createService } from "./vending-service.ts";
import { createWarming } from "./warm/warming.ts";

const request = { principal: alice, grant: "data-lake", storage: { name: "lake" } };
const ofAlice = { kind: "principal", name: "alice", issuer: "corp" } as const;

/** A fleet, and the function that revokes. */
async function createRevokedFleet() {
  const fleet = await createFleet();
  const store = createRevocationStore(fleet.call, tableName);
  const change = createRevoke({ store, clock: fleet.clock });
  const faults: unknown[] = [];
  const absorb = (part: string, fault: unknown) => void faults.push([part, String(fault)]);
  let isAway = false;
  let reads = 0;
  const table = createTable(async (action, input) => {
    reads += Number(JSON.stringify(input).includes('"revocations"'));
    if (isAway) throw throttled(action);
    return fleet.call(action, input);
  }, tableName);
  return {
    ...fleet,
    change,
    faults,
    table,
    away: (is: boolean) => {
      isAway = is;
    },
    reads: () => reads,
    revocations: () => revocationsOf({ table, clock: fleet.clock, absorb }),
  };
}

async function isRefused(revocations: ReturnType<typeof revocationsOf>): Promise<boolean> {
  return (await revocations.current())?.isRevoked(request) ?? false;
}

describe("an instance", () => {
  test("goes by what it has read for three seconds, counted from the beginning of the read", async () => {
    const { change, clock, reads, revocations } = await createRevokedFleet();
    const known = revocations();
    expect(await isRefused(known)).toBe(false);
    await change({ revoke: ofAlice });
    clock.advance(2_999);
    expect(await isRefused(known)).toBe(false);
    expect(reads()).toBe(1);
    clock.advance(1);
    expect(await isRefused(known)).toBe(true);
    expect(reads()).toBe(2);
  });

  test("that is asked many times at once reads once", async () => {
    const { reads, revocations } = await createRevokedFleet();
    const known = revocations();
    await Promise.all(Array.from({ length: 50 }, () => known.current()));
    expect(reads()).toBe(1);
  });

  test("takes no news from a read that began before it was frozen", async () => {
    const { change, clock, reads, revocations, table } = await createRevokedFleet();
    const known = revocations();
    await known.current();
    clock.advance(3_000);
    // The answer is on its way when the instance freezes.
    const { promise, resolve } = Promise.withResolvers<void>();
    const read = table.revocations;
    table.revocations = async () => {
      const answer = await read();
      await promise;
      return answer;
    };
    const primed = known.current();
    while (reads() < 2) await new Promise(setImmediate);
    await new Promise((wake) => setTimeout(wake, 20));
    table.revocations = read;
    await change({ revoke: ofAlice });
    clock.advance(60_000);
    const thawed = isRefused(known);
    resolve();
    expect(await thawed).toBe(true);
    await primed;
  });

  test("knows within five seconds, also if one read fails", async () => {
    const { away, change, clock, revocations } = await createRevokedFleet();
    const known = revocations();
    await known.current();
    await change({ revoke: ofAlice });
    clock.advance(3_000);
    away(true);
    expect(await isRefused(known)).toBe(false);
    away(false);
    clock.advance(999);
    expect(await isRefused(known)).toBe(false);
    clock.advance(1);
    expect(await isRefused(known)).toBe(true);
  });

  test("goes by what it has read last while it can read nothing, however old that is, and says so each time", async () => {
    const { away, change, clock, faults, revocations } = await createRevokedFleet();
    const known = revocations();
    await change({ revoke: ofAlice });
    await known.current();
    away(true);
    clock.advance(86_400_000);
    expect(await isRefused(known)).toBe(true);
    expect(faults).toEqual([["revocations", expect.stringContaining("TableUnreachable")]]);
  });

  test("gives nothing as long as it has read nothing, and tries again for a moment before it says so", async () => {
    const { away, reads, revocations } = await createRevokedFleet();
    const known = revocations();
    away(true);
    await expect(known.current()).rejects.toMatchObject({ code: "unavailable", retryAfterSeconds: 2 });
    expect(reads()).toBe(10);
    away(false);
    expect(await known.current()).toBeUndefined();
  });

  test("reads again when its clock was set back", async () => {
    const { change, clock, revocations } = await createRevokedFleet();
    const known = revocations();
    await known.current();
    await change({ revoke: ofAlice });
    clock.advance(-60_000);
    expect(await isRefused(known)).toBe(true);
  });

  test.each([
    "",
    "{}",
    "null",
    '{"revoked":[],"flushed":{}}',
    '{"revoked":[null],"flushed":[]}',
    '{"revoked":[',
  ])("does not take the row %j for one in which nothing is revoked", async (planted) => {
    const { call, change, clock, faults, revocations } = await createRevokedFleet();
    await change({ revoke: ofAlice });
    const known = revocations();
    await known.current();
    await createRevocationStore(call, tableName).replace(1, planted);
    clock.advance(3_000);
    expect(await isRefused(known)).toBe(true);
    expect(faults).toHaveLength(1);
    await expect(revocations().current()).rejects.toMatchObject({ code: "unavailable" });
    await expect(change({ undo: ofAlice })).rejects.toThrow("delete it, and revoke again");
  });
});

describe("the function that writes", () => {
  test("puts its change onto what others have written meanwhile", async () => {
    const { call, clock, change } = await createRevokedFleet();
    const store = createRevocationStore(call, tableName);
    let others = 0;
    const slow = createRevoke({
      clock,
      store: {
        ...store,
        async read() {
          const seen = await store.read();
          if (others++ < 2) await change({ revoke: { kind: "grant", name: `grant-${others}` } });
          return seen;
        },
      },
    });
    await slow({ revoke: ofAlice });
    expect((await change())?.revoked.map(({ name }) => name)).toEqual(["grant-1", "grant-2", "alice"]);
  });

  test("gives up, and says so, where others write all the time", async () => {
    const { clock } = await createRevokedFleet();
    const store = { read: async () => undefined, replace: async () => false };
    await expect(createRevoke({ store, clock })({ revoke: ofAlice })).rejects.toThrow("try again");
  });

  test("writes nothing for a change that is there", async () => {
    const { call, clock, change } = await createRevokedFleet();
    await change({ revoke: ofAlice });
    const replace = () => Promise.reject(new Error("not reached"));
    const store = { ...createRevocationStore(call, tableName), replace };
    expect((await createRevoke({ store, clock })({ revoke: ofAlice })).revoked).toHaveLength(1);
  });

  test("says that the table is away", async () => {
    const { away, clock } = await createRevokedFleet();
    away(true);
    const store = createRevocationStore(async (action) => {
      throw throttled(action);
    }, tableName);
    await expect(createRevoke({ store, clock })()).rejects.toBeInstanceOf(TableUnreachable);
  });
});

/** A service with a storage for all, and one in which each principal has its own sessions; all is by one grant each. */
async function createRevokedService() {
  const service = await createService(
    (stsEndpoint) => [
      sampleStorage("session-token", { stsEndpoint, secret: "lake/key" }),
      sampleStorage("static", { name: "old", secret: "lake/key" }),
      sampleStorage("none", { name: "own" }),
    ],
    [
      sampleGrant(),
      sampleGrant({ name: "old", storage: "old" }),
      sampleGrant({ name: "own", storage: "own" }),
    ],
  );
  const store = createRevocationStore(service.call, tableName);
  return { ...service, change: createRevoke({ store, clock: service.clock }) };
}

const bob = { ...alice, subject: "bob" };

describe("vend", () => {
  test("refuses also where nothing is kept, and where nothing is vended", async () => {
    const { change, instance } = await createRevokedService();
    await change({ revoke: ofAlice });
    const { vend } = instance();
    for (const storage of ["lake", "old", "own"])
      await expect(vend({ storage }), storage).rejects.toMatchObject({ code: "revoked" });
    expect(await vend({ storage: "lake" }, bob)).toMatchObject({ Storage: "lake" });
  });

  test("asks STS for nothing in the name of a refused caller, and leaves no failure to others", async () => {
    const { aws, change, dynamodb, instance } = await createRevokedService();
    await change({ revoke: ofAlice });
    await expect(instance().vend({ storage: "lake" })).rejects.toMatchObject({ code: "revoked" });
    expect(aws.stsServer.calls("GetSessionToken")).toBe(0);
    expect(await entryRows(dynamodb)).toEqual([]);
  });

  test("refuses a caller that was revoked while it waited for its session", async () => {
    const { change, clock, instance, issue } = await createRevokedService();
    const { vend } = instance({
      async issue(...asked) {
        await change({ revoke: ofAlice });
        clock.advance(3_000);
        return issue(...asked);
      },
    });
    await expect(vend({ storage: "lake" })).rejects.toMatchObject({ code: "revoked" });
    // What was issued for it is good for others.
    expect(await instance().vend({ storage: "lake" }, bob)).toMatchObject({ Storage: "lake" });
  });

  test("hands out nothing that was flushed while its caller waited, and tells it to come back", async () => {
    const { change, clock, instance, issue } = await createRevokedService();
    const { vend } = instance({
      async issue(...asked) {
        const session = await issue(...asked);
        clock.advance(3_000);
        await change({ flush: { kind: "storage", name: "lake" } });
        return session;
      },
    });
    await expect(vend({ storage: "lake" })).rejects.toMatchObject({
      code: "unavailable",
      retryAfterSeconds: 2,
    });
  });

  test("asks STS for nothing that would be ended at once, counts no miss for it and pauses no storage", async () => {
    const { aws, change, clock, instance } = await createRevokedService();
    const shared: Change = { revoke: ofAlice, alsoFlush: [{ kind: "storage", name: "lake" }] };
    await change(shared);
    const others = [instance(), instance()];
    for (const { vend } of others)
      await expect(vend({ storage: "lake" }, bob)).rejects.toMatchObject({ code: "unavailable" });
    expect(aws.stsServer.calls("GetSessionToken")).toBe(0);
    clock.advance(12_000);
    for (const { vend } of others)
      expect(await vend({ storage: "lake" }, bob)).toMatchObject({ Storage: "lake" });
    expect(aws.stsServer.calls("GetSessionToken")).toBe(1);
  });

  test("hands out no flushed session in place of a new one, however long STS is away", async () => {
    const { aws, change, clock, instance } = await createRevokedService();
    const { vend } = instance();
    const first = await vend({ storage: "lake" }, bob);
    clock.advance(1_000);
    await change({ flush: { kind: "all", name: "" } });
    aws.stsServer.trouble.fault = "unavailable";
    clock.advance(5_000);
    for (const each of [vend, instance().vend])
      await expect(each({ storage: "lake" }, bob)).rejects.toMatchObject({ code: "unavailable" });
    aws.stsServer.trouble.fault = undefined;
    clock.advance(60_000);
    expect((await vend({ storage: "lake" }, bob)).AccessKeyId).not.toBe(first.AccessKeyId);
  });

  test("hands out no flushed session while the table is away, from what it remembers", async () => {
    const { call, change, clock, instance } = await createRevokedService();
    let isAway = false;
    const table = createTable(async (action, input) => {
      if (isAway) throw throttled(action);
      return call(action, input);
    }, tableName);
    const { vend } = instance({ table });
    const first = await vend({ storage: "lake" }, bob);
    expect((await vend({ storage: "lake" }, bob)).AccessKeyId).toBe(first.AccessKeyId);
    clock.advance(1_000);
    await change({ flush: { kind: "storage", name: "lake" } });
    clock.advance(2_000);
    // It reads the revocations for another storage.
    await vend({ storage: "old" }, bob);
    isAway = true;
    clock.advance(60_000);
    expect((await vend({ storage: "lake" }, bob)).AccessKeyId).not.toBe(first.AccessKeyId);
  });

  test("decides by another grant that allows the same, from the first request on", async () => {
    const { change, clock, instance, records } = await createService(
      (stsEndpoint) => [sampleStorage("session-token", { stsEndpoint, secret: "lake/key" })],
      [sampleGrant(), sampleGrant({ name: "shorter", maxDurationSeconds: 3_600 })],
    ).then((service) => ({
      ...service,
      change: createRevoke({ store: createRevocationStore(service.call, tableName), clock: service.clock }),
    }));
    const { vend } = instance();
    await vend({ storage: "lake" });
    expect(records.at(-1)).toMatchObject({ grant: "data-lake" });
    await change({ revoke: { kind: "grant", name: "data-lake" } });
    clock.advance(5_000);
    await vend({ storage: "lake" });
    expect(records.at(-1)).toMatchObject({ decision: "vended", grant: "shorter" });
    await change({ revoke: { kind: "grant", name: "shorter" } });
    clock.advance(5_000);
    await expect(vend({ storage: "lake" })).rejects.toMatchObject({ code: "revoked" });
  });
});

describe("the warmer", () => {
  test("drops what is revoked, and issues nothing for it", async () => {
    const { addAllDue, clock, dynamodb, keys, records, sts, warmer } = await createWarming({
      storages: ["a", "b"],
    });
    await addAllDue("a", 2);
    await addAllDue("b", 1);
    const store = createRevocationStore(dynamodb.call, tableName);
    await clock.run(createRevoke({ store, clock })({ revoke: { kind: "storage", name: "a" } }));
    expect(await clock.run(warmer()())).toMatchObject({ dropped: 2, issued: 1 });
    expect(sts.calls.map(({ request }) => request.storage.name)).toEqual(["b"]);
    expect(keys()).toHaveLength(1);
    expect(records.find(({ decision }) => decision === "dropped")).toMatchObject({ code: "revoked" });
  });
});
