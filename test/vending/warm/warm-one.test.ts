import { expect, test } from "vitest";
import { indexGrants } from "../../../shared/core/grant-index.ts";
import type { ClaimTable, EntryTable } from "../../../shared/vending/ports.ts";
import type { ClaimedEntry } from "../../../shared/vending/warm/warm.ts";
import { createWarming, isClaim, nothing } from "./warming.ts";

/** Claims an entry as a caller does that finds it due. */
async function claimAsCaller(
  table: ClaimTable & EntryTable,
  key: string,
  now: number,
): Promise<ClaimedEntry> {
  const generation = (await table.claim(key, await table.get(key), now, 1_000)) ?? Number.NaN;
  return { key, generation };
}

/** An event for an entry that has no claim any more: its caller gave it up, or the claim was ended. */
const unclaimed = (key: string): ClaimedEntry => ({ key, generation: 1 });

test("the warmer issues the entry that a caller claimed and asked for, and no other", async () => {
  const { addDue, clock, sts, table, warmer } = await createWarming();
  const key = await addDue("lake", "user-0", clock.now());
  await addDue("lake", "user-1", clock.now());
  const entry = await claimAsCaller(table, key, clock.now());
  expect(await clock.run(warmer()(10_000, entry))).toEqual({ ...nothing, due: 1, issued: 1 });
  expect(sts.calls.map(({ request }) => request.sessionName)).toEqual([expect.stringContaining("user-0")]);
  expect(await table.get(key)).not.toHaveProperty("claimedUntil");
});

test("the schedule passes over an entry that a caller has claimed, until that claim is dead by any clock", async () => {
  const { addDue, clock, sts, table, warmer } = await createWarming();
  const key = await addDue("lake", "user-0", clock.now());
  await claimAsCaller(table, key, clock.now());
  expect(await clock.run(warmer()())).toEqual({ ...nothing, due: 1, passed: 1 });
  expect(sts.calls).toEqual([]);
  await clock.advance(61_001);
  expect(await clock.run(warmer()())).toEqual({ ...nothing, due: 1, issued: 1 });
});

test.each([0, 20, 40, 60, 80, 100, 150, 500])(
  "an event that comes twice, %i ms apart, is one call to STS",
  async (apartMs) => {
    const { addDue, clock, sts, table, takeTime, warmer } = await createWarming();
    const key = await addDue("lake", "user-0", clock.now());
    const entry = await claimAsCaller(table, key, clock.now());
    takeTime();
    const twice = [0, apartMs].map(async (ms) => {
      await clock.sleep(ms);
      return warmer()(10_000, entry);
    });
    const reports = await clock.run(Promise.all(twice));
    expect(reports.map(({ issued, passed }) => issued + passed)).toEqual([1, 1]);
    expect(sts.calls).toHaveLength(1);
  },
);

test("an event with a claim that another instance has overtaken leaves the entry to that instance", async () => {
  const { addDue, clock, sts, table, warmer } = await createWarming();
  const key = await addDue("lake", "user-0", clock.now());
  const entry = await claimAsCaller(table, key, clock.now());
  await claimAsCaller(table, key, clock.now());
  expect(await clock.run(warmer()(10_000, entry))).toEqual({ ...nothing, due: 1, passed: 1 });
  expect(sts.calls).toEqual([]);
});

test.each([
  ["is not due yet", 1],
  ["was issued meanwhile", undefined],
])("an entry that %s is not issued, even if an event asks for it", async (_, ahead) => {
  const { addDue, clock, sts, warmer } = await createWarming();
  const key = await addDue("lake", "user-0", clock.now() + (ahead ?? 0));
  const warm = warmer();
  if (ahead === undefined) await clock.run(warm(10_000, unclaimed(key)));
  const before = sts.calls.length;
  expect(await clock.run(warm(10_000, unclaimed(key)))).toEqual({ ...nothing, due: 1, passed: 1 });
  expect(sts.calls).toHaveLength(before);
});

test("an entry that no caller may have any more is dropped, even if an event asks for it", async () => {
  const { addDue, clock, config, sts, table, warmer } = await createWarming();
  const key = await addDue("lake", "user-0", clock.now());
  const warm = warmer({ config: { ...config, grants: indexGrants([]) } });
  expect(await clock.run(warm(10_000, unclaimed(key)))).toEqual({ ...nothing, due: 1, dropped: 1 });
  expect(await table.get(key)).toBeUndefined();
  expect(sts.calls).toEqual([]);
});

test("an entry that got a newer generation before it was dropped stays, and counts as passed", async () => {
  const { addDue, clock, config, dynamodb, records, table, warmer } = await createWarming();
  const key = await addDue("lake", "user-0", clock.now());
  dynamodb.faults.before = async (action) => {
    if (action === "DeleteItem") await claimAsCaller(table, key, clock.now());
  };
  const warm = warmer({ config: { ...config, grants: indexGrants([]) } });
  expect(await clock.run(warm(10_000, unclaimed(key)))).toEqual({ ...nothing, due: 1, passed: 1 });
  expect(await table.get(key)).toBeDefined();
  expect(records).toEqual([]);
});

test("an entry that got no slot for its claim gets no mark: no caller sees a failure of STS", async () => {
  const { addDue, clock, dynamodb, records, sts, table, warmer } = await createWarming({
    stsCallsPerSecond: 1,
  });
  const entry = await claimAsCaller(table, await addDue("lake", "user-0", clock.now()), clock.now());
  dynamodb.faults.before = async (_, input) => {
    // Longer than the life of the slot; the next one is a second away.
    if (isClaim(input)) await clock.sleep(200);
  };
  expect(await clock.run(warmer()(1_000, entry))).toEqual({ ...nothing, due: 1, left: 1 });
  expect(sts.calls).toEqual([]);
  expect(records).toEqual([]);
  const { claimedUntil, failure, dueAt } = (await table.get(entry.key)) ?? {};
  expect({ claimedUntil, failure }).toEqual({});
  expect(dueAt).toBeDefined();
});

test("an entry that fails is not tried again: that is left to the schedule", async () => {
  const { addDue, clock, sts, warmer } = await createWarming();
  const key = await addDue("lake", "user-0", clock.now());
  sts.before = () => {
    throw new Error("STS is away.");
  };
  expect(await clock.run(warmer()(10_000, unclaimed(key)))).toEqual({
    ...nothing,
    due: 1,
    failed: { internal: 1 },
  });
  expect(sts.calls).toHaveLength(1);
});

test("a hundred events at once, each at another instance, keep to the rate and waste none of it", async () => {
  const { addAllDue, clock, keys, sts, warmer } = await createWarming({ stsCallsPerSecond: 20 });
  await addAllDue("lake", 100);
  const began = clock.now();
  const reports = await clock.run(Promise.all(keys().map((key) => warmer()(10_000, unclaimed(key)))));
  expect(reports).toEqual(reports.map(() => ({ ...nothing, due: 1, issued: 1 })));
  expect(sts.throttled).toBe(0);
  expect(clock.now() - began).toBeLessThan(5_500);
});

test("of three hundred events at once a second's worth is issued, and the schedule need not wait for the others", async () => {
  const { addAllDue, clock, keys, sts, takeTime, warmer } = await createWarming({ stsCallsPerSecond: 20 });
  await addAllDue("lake", 300);
  takeTime();
  const began = clock.now();
  const reports = await clock.run(Promise.all(keys().map((key) => warmer()(1_000, unclaimed(key)))));
  const sum = (fate: "issued" | "left") => reports.reduce((all, report) => all + report[fate], 0);
  expect(sum("issued")).toBeGreaterThanOrEqual(17);
  expect(sum("issued")).toBeLessThanOrEqual(20);
  expect(sum("left")).toBe(300 - sum("issued"));
  // The last one's issue itself takes 300 ms at most.
  expect(clock.now() - began).toBeLessThan(1_400);

  const before = sts.calls.length;
  const scheduled = clock.now();
  expect(await clock.run(warmer()())).toEqual({ ...nothing, due: sum("left"), issued: sum("left") });
  expect((sts.calls[before]?.at ?? Number.NaN) - scheduled).toBeLessThan(200);
  expect(sts.throttled).toBe(0);
});
