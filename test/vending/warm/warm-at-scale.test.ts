import { expect, test } from "vitest";
import { createWarming, mostInASecond, nothing, rateOf } from "./warming.ts";

test("ten thousand due entries are issued at 97 % of the permitted rate at least, and in no second above it", async () => {
  const { addAllDue, clock, sts, takeTime, warmer } = await createWarming();
  await addAllDue("lake", 10_000);
  takeTime();
  expect(await clock.run(warmer()())).toEqual({ ...nothing, due: 10_000, issued: 10_000 });
  expect(sts.calls).toHaveLength(10_000);
  expect(sts.throttled).toBe(0);
  expect(mostInASecond(sts.calls)).toBeLessThanOrEqual(200);
  expect(rateOf(sts.calls)).toBeGreaterThanOrEqual(194);
});

test("two warmers at once share one rate, use it, and issue each entry once", async () => {
  const { addAllDue, clock, sts, takeTime, warmer } = await createWarming();
  await addAllDue("lake", 10_000);
  takeTime();
  const reports = await clock.run(Promise.all([warmer()(), warmer()()]));
  for (const report of reports) {
    expect(report).toMatchObject({ due: 10_000, failed: {}, dropped: 0, left: 0 });
    // Neither warmer did all of it.
    expect(report.issued).toBeGreaterThan(2_000);
  }
  expect(reports.map(({ issued }) => issued).reduce((sum, issued) => sum + issued)).toBe(10_000);
  expect(sts.calls).toHaveLength(10_000);
  expect(sts.throttled).toBe(0);
  expect(mostInASecond(sts.calls)).toBeLessThanOrEqual(200);
  expect(rateOf(sts.calls)).toBeGreaterThanOrEqual(194);
});

test("when time is up the pass begins no call, and the next pass begins with the entries that this one left", async () => {
  const { addAllDue, callers, clock, sts, takeTime, warmer } = await createWarming();
  const urgent = await addAllDue("lake", 1_500);
  takeTime();
  const until = clock.now() + 5_000;
  const { issued, left, ...report } = await clock.run(warmer()(5_000));
  expect(report).toEqual({ due: 1_500, dropped: 0, passed: 0, failed: {} });
  // Five seconds' worth, except for calls that could not have begun in time.
  expect(issued).toBeGreaterThan(900);
  expect(issued + left).toBe(1_500);
  expect(sts.calls.every(({ at }) => at < until)).toBe(true);
  // The most urgent entries. Among entries of one read, the order of the table's answers decides.
  const near = urgent.slice(0, issued + 10);
  expect(callers().every((caller = "") => near.includes(caller))).toBe(true);

  expect(await clock.run(warmer()())).toEqual({ ...nothing, due: left, issued: left });
  expect(callers()).toHaveLength(1_500);
  expect(new Set(callers())).toEqual(new Set(urgent));
});

test("the entry that is due soonest is issued first, in whatever part of the list it stands", async () => {
  const { addDue, callers, clock, warmer } = await createWarming({ stsCallsPerSecond: 1 });
  // 7 and 40 have no common divisor: this takes each of the forty once, in another order.
  for (let n = 0; n < 40; n++)
    await addDue("lake", `user-${(n * 7) % 40}`, clock.now() - 40 + ((n * 7) % 40));
  expect(await clock.run(warmer()(20_000))).toMatchObject({ due: 40, failed: {} });
  expect(callers()).toEqual(Array.from({ length: callers().length }, (_, n) => `user-${n}`));
  expect(callers().length).toBeGreaterThan(15);
});

test("the warmer goes through more than one page of each part of the list, in order", async () => {
  const { addAllDue, dynamodb, clock, table } = await createWarming();
  const queries: object[] = [];
  const urgent = await addAllDue("lake", 400);
  // Pages of ten.
  dynamodb.faults.before = (action, input) => {
    if (action === "Query") queries.push(Object.assign(input, { Limit: 10 }));
  };
  const listed: string[] = [];
  for await (const key of table.due(clock.now())) listed.push(key);
  expect(listed).toHaveLength(urgent.length);
  expect(queries.length).toBeGreaterThan(40);
  const times = new Map<unknown, number>();
  for (const { key, dueAt } of dynamodb.items()) times.set(Object(key).S, Number(Object(dueAt).N));
  const inOrder = listed.map((key) => times.get(key) ?? Number.NaN);
  expect(inOrder).toEqual(inOrder.toSorted((a, b) => a - b));
});
