import { expect, test } from "vitest";
import { VendError } from "../../../shared/core/errors.ts";
import { throttled } from "../../dynamodb/simulated-dynamodb.ts";
import { away, awayFor, createWarming, isClaim, nothing, readsEntry } from "./warming.ts";

test("a storage that always fails gets ever fewer calls, and stops no other storage", async () => {
  const { addAllDue, clock, records, sts, takeTime, warmer } = await createWarming({
    storages: ["bad", "good"],
  });
  await addAllDue("bad", 500);
  await addAllDue("good", 500);
  takeTime();
  sts.before = awayFor("bad");
  const began = clock.now();
  const { failed, left, ...report } = await clock.run(warmer()());
  expect(report).toEqual({ due: 1_000, issued: 500, dropped: 0, passed: 0 });
  const callsTo = (name: string) => sts.calls.filter(({ request }) => request.storage.name === name);
  expect(Math.max(...callsTo("good").map(({ at }) => at)) - began).toBeLessThan(5_000);

  const times = callsTo("bad").map(({ at }) => at - began);
  // The calls that were under way when the first one failed, and then one after each pause.
  const first = times.filter((time) => time < 1_000);
  expect(first.length).toBeLessThan(100);
  const pauses = times.slice(first.length).map((time, n) => time - (times[first.length - 1 + n] ?? 0));
  expect(pauses.length).toBeGreaterThanOrEqual(6);
  expect(pauses.length).toBeLessThanOrEqual(7);
  for (const [n, pause] of pauses.entries())
    expect(pause).toBeGreaterThanOrEqual(n === 0 ? 700 : 2 ** n * 1_000);

  // An entry that was tried more than once is counted once.
  const entriesTried = new Set(callsTo("bad").map(({ request }) => request.sessionName)).size;
  expect(failed).toEqual({ unavailable: entriesTried });
  expect(left).toBe(500 - entriesTried);
  expect(records.filter(({ decision }) => decision === "failed")).toHaveLength(times.length);
});

test("an STS that is down for some seconds gets few calls meanwhile, and then all entries are issued", async () => {
  const { addAllDue, clock, sts, takeTime, warmer } = await createWarming();
  await addAllDue("lake", 2_000);
  takeTime();
  const began = clock.now();
  const isDown = (time: number) => time - began > 3_000 && time - began < 10_000;
  sts.before = () => {
    if (isDown(clock.now())) throw away();
  };
  expect(await clock.run(warmer()())).toEqual({ ...nothing, due: 2_000, issued: 2_000 });
  const inVain = sts.calls.length - 2_000;
  expect(inVain).toBeGreaterThan(3);
  expect(inVain).toBeLessThan(100);
  // Ten seconds' worth of calls, the outage, and the part of its last pause after that.
  expect(clock.now() - began).toBeLessThan(10_500 + 7_000 + 4_000);
});

test("a call that began before a failure and succeeds after it ends no pause", async () => {
  const { addAllDue, callers, clock, sts, warmer } = await createWarming({ stsCallsPerSecond: 40 });
  await addAllDue("lake", 100);
  let failedAt = Number.NaN;
  sts.before = () => {
    if (Number.isNaN(failedAt) && sts.calls.length > 10) {
      failedAt = clock.now();
      throw away();
    }
  };
  expect(await clock.run(warmer()())).toEqual({ ...nothing, due: 100, issued: 100 });
  expect(callers()).toHaveLength(101);
  // A tenth of a second for the calls that had claimed their entries.
  const inPause = sts.calls.filter(({ at }) => at > failedAt + 120 && at < failedAt + 1_000);
  expect(inPause).toEqual([]);
});

test("when STS says when to come back, no call comes sooner", async () => {
  const { addAllDue, clock, sts, warmer } = await createWarming({ stsCallsPerSecond: 4 });
  await addAllDue("lake", 10);
  const began = clock.now();
  sts.before = ({ at }) => {
    if (at < began + 500) throw new VendError("throttled", "Not now.", { retryAfterSeconds: 20 });
  };
  expect(await clock.run(warmer()())).toEqual({ ...nothing, due: 10, issued: 10 });
  const again = sts.calls.map(({ at }) => at - began).find((time) => time > 2_000);
  expect(again).toBeGreaterThanOrEqual(20_000);
});

test.each(["policy_too_large", "identity_not_accepted"] as const)(
  "an entry with a failure of its own, %s, is not tried again, and delays no other entry of its storage",
  async (code) => {
    const { addAllDue, clock, sts, warmer } = await createWarming({ stsCallsPerSecond: 10 });
    const [first = ""] = await addAllDue("lake", 30);
    sts.before = ({ request }) => {
      if (request.sessionName.includes(first)) throw new VendError(code, "No.");
    };
    const began = clock.now();
    expect(await clock.run(warmer()())).toEqual({ ...nothing, due: 30, issued: 29, failed: { [code]: 1 } });
    expect(sts.calls).toHaveLength(30);
    expect(clock.now() - began).toBeLessThan(4_000);
  },
);

test("while the table is overloaded, the report counts the entries without a claim, and the next pass issues them", async () => {
  const { addAllDue, clock, dynamodb, warmer } = await createWarming({ stsCallsPerSecond: 10 });
  await addAllDue("lake", 20);
  let writes = 0;
  dynamodb.faults.before = (action) => {
    if (action === "UpdateItem" && ++writes > 20 && writes <= 23) throw throttled(action);
  };
  const report = await clock.run(warmer()());
  const { table_unreachable: unreachable = 0 } = report.failed;
  expect(unreachable).toBeGreaterThan(0);
  expect(report).toEqual({ ...nothing, due: 20, issued: 20 - unreachable, failed: report.failed });
});

test("three claims that the table refuses cost three entries, and delay no other entry of their storage", async () => {
  const { addAllDue, clock, dynamodb, sts, takeTime, warmer } = await createWarming({
    stsCallsPerSecond: 100,
  });
  await addAllDue("lake", 500);
  takeTime();
  const { before } = dynamodb.faults;
  let claims = 0;
  dynamodb.faults.before = async (action, input) => {
    await before?.(action, input);
    if (isClaim(input) && ++claims > 100 && claims <= 103) throw throttled(action);
  };
  const report = await clock.run(warmer()());
  expect(report).toEqual({ ...nothing, due: 500, issued: 497, failed: { table_unreachable: 3 } });
  const times = sts.calls.map(({ at }) => at).sort((a, b) => a - b);
  const pauses = times.slice(1).map((time, n) => time - (times[n] ?? 0));
  // One slot or two for each of the three.
  expect(Math.max(...pauses)).toBeLessThan(100);
  expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeLessThan(5_300);
});

test("an entry with a claim that outlasts its slot is no failure, and comes after the others", async () => {
  const { addAllDue, callers, clock, dynamodb, records, sts, warmer } = await createWarming({
    stsCallsPerSecond: 1,
  });
  await addAllDue("lake", 4);
  let claims = 0;
  dynamodb.faults.before = (_, input) => {
    return isClaim(input) && ++claims === 1 ? clock.sleep(200) : undefined;
  };
  const began = clock.now();
  expect(await clock.run(warmer()())).toEqual({ ...nothing, due: 4, issued: 4 });
  expect(callers()).toEqual(["user-1", "user-2", "user-3", "user-0"]);
  // The very next slots.
  expect(sts.calls.map(({ at }) => Math.floor((at - began) / 1_030))).toEqual([1, 2, 3, 4]);
  expect(records.map(({ decision }) => decision)).toEqual(["warmed", "warmed", "warmed", "warmed"]);
});

test("when the list cannot be read, the pass fails, after it has finished the calls that it began", async () => {
  const { addAllDue, clock, dynamodb, warmer } = await createWarming();
  await addAllDue("lake", 20);
  dynamodb.faults.before = (action) => {
    if (action === "Query") throw throttled(action);
  };
  await expect(clock.run(warmer()())).rejects.toThrow("ProvisionedThroughputExceededException");
});

test("a table that is away gets few calls", async () => {
  const { addAllDue, clock, dynamodb, warmer } = await createWarming({ stsCallsPerSecond: 8 });
  await addAllDue("lake", 100);
  let reads = 0;
  dynamodb.faults.before = (action, input) => {
    if (!readsEntry(action, input)) return;
    reads++;
    throw throttled(action);
  };
  const { failed, left } = await clock.run(warmer()(5_000));
  // Four readers at once, each once a second.
  expect(reads).toBeLessThanOrEqual(20);
  expect({ failed, left }).toEqual({ failed: { table_unreachable: reads }, left: 100 - reads });
});
