import { expect, test } from "vitest";
import { createWarming, nothing } from "./warming.ts";

test("an entry that a caller claimed and asked for is issued, and no other", async () => {
  const { addDue, clock, sts, table, warmer } = await createWarming();
  const key = await addDue("lake", "user-0", clock.now());
  await addDue("lake", "user-1", clock.now());
  await table.claim(key, await table.get(key), clock.now(), clock.now() + 1_000);
  expect(await clock.run(warmer()(10_000, key))).toEqual({ ...nothing, due: 1, issued: 1 });
  expect(sts.calls.map(({ request }) => request.sessionName)).toEqual([expect.stringContaining("user-0")]);
  expect(await table.get(key)).not.toHaveProperty("claimedUntil");
});

test("the schedule passes over what a caller has claimed, until that claim is dead by any clock", async () => {
  const { addDue, clock, sts, table, warmer } = await createWarming();
  const key = await addDue("lake", "user-0", clock.now());
  await table.claim(key, await table.get(key), clock.now(), clock.now() + 1_000);
  expect(await clock.run(warmer()())).toEqual({ ...nothing, due: 1, passed: 1 });
  expect(sts.calls).toEqual([]);
  await clock.advance(61_001);
  expect(await clock.run(warmer()())).toEqual({ ...nothing, due: 1, issued: 1 });
});

test.each([
  ["is not due yet", 1],
  ["was issued meanwhile", undefined],
])("an entry that %s is not issued, whoever asks for it", async (_, ahead) => {
  const { addDue, clock, sts, warmer } = await createWarming();
  const key = await addDue("lake", "user-0", clock.now() + (ahead ?? 0));
  const warm = warmer();
  if (ahead === undefined) await clock.run(warm(10_000, key));
  const before = sts.calls.length;
  expect(await clock.run(warm(10_000, key))).toEqual({ ...nothing, due: 1, passed: 1 });
  expect(sts.calls).toHaveLength(before);
});

test("an entry that nobody may have any more is dropped, whoever asks for it", async () => {
  const { addDue, clock, config, sts, table, warmer } = await createWarming();
  const key = await addDue("lake", "user-0", clock.now());
  const warm = warmer({ config: { ...config, grants: [] } });
  expect(await clock.run(warm(10_000, key))).toEqual({ ...nothing, due: 1, dropped: 1 });
  expect(await table.get(key)).toBeUndefined();
  expect(sts.calls).toEqual([]);
});

test("one that fails is not tried again: the schedule comes by", async () => {
  const { addDue, clock, sts, warmer } = await createWarming();
  const key = await addDue("lake", "user-0", clock.now());
  sts.before = () => {
    throw new Error("STS is away.");
  };
  expect(await clock.run(warmer()(10_000, key))).toEqual({ ...nothing, due: 1, failed: { internal: 1 } });
  expect(sts.calls).toHaveLength(1);
});

test("a hundred asked for at once, each of another instance, keep to the rate and waste none of it", async () => {
  const { addAllDue, clock, keys, sts, warmer } = await createWarming({ stsCallsPerSecond: 20 });
  await addAllDue("lake", 100);
  const began = clock.now();
  const reports = await clock.run(Promise.all(keys().map((key) => warmer()(10_000, key))));
  expect(reports).toEqual(reports.map(() => ({ ...nothing, due: 1, issued: 1 })));
  expect(sts.throttled).toBe(0);
  expect(clock.now() - began).toBeLessThan(5_500);
});
