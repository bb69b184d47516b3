import { expect, test } from "vitest";
import { createRateTable } from "../../../shared/aws/rate-table.ts";
import {
  type Clock,
  type Issue,
  NoSlot,
  type RateTable,
  TableUnreachable,
} from "../../../shared/vending/ports.ts";
import { createStsBudget } from "../../../shared/vending/warm/sts-budget.ts";
import { createSimulatedDynamodb } from "../../dynamodb/simulated-dynamodb.ts";
import { sampleRequest, sampleStorage } from "../samples.ts";
import { tableName } from "../simulated-fleet.ts";
import { virtualClock } from "../virtual-clock.ts";
import { createWarming, mostInASecond, nothing, rateOf } from "./warming.ts";

const unasked: Issue = async (_, { turn } = {}) => {
  await turn?.();
  return expect.unreachable("STS is asked without a slot");
};

test.each([1, 3, 20, 100, 400])(
  "with a budget of %i calls a second the warmer makes that many, and never more",
  async (rate) => {
    const { addAllDue, clock, sts, takeTime, warmer } = await createWarming({ stsCallsPerSecond: rate });
    const count = Math.min(rate * 10, 1_000);
    await addAllDue("lake", count);
    takeTime();
    expect(await clock.run(warmer()())).toEqual({ ...nothing, due: count, issued: count });
    expect(mostInASecond(sts.calls)).toBeLessThanOrEqual(rate);
    expect(rateOf(sts.calls)).toBeGreaterThanOrEqual(rate * 0.95);
  },
);

test("a table that answers late, by changing times, delays calls and never brings two together", async () => {
  const { addAllDue, clock, sts, takeTime, warmer } = await createWarming({ stsCallsPerSecond: 50 });
  await addAllDue("lake", 500);
  takeTime(10, 400);
  expect(await clock.run(Promise.all([warmer()(), warmer()()]))).toMatchObject([{ left: 0 }, { left: 0 }]);
  expect(new Set(sts.calls.map(({ request }) => request.sessionName)).size).toBe(500);
  expect(sts.throttled).toBe(0);
  expect(mostInASecond(sts.calls)).toBeLessThanOrEqual(50);
});

test("an instance that was frozen does not make up for the time", async () => {
  const { addAllDue, clock, sts, takeTime, warmer } = await createWarming({ stsCallsPerSecond: 40 });
  await addAllDue("lake", 200);
  takeTime();
  const warm = warmer();
  await clock.run(warm(1_000));
  await clock.advance(60_000);
  expect(await clock.run(warm())).toMatchObject({ left: 0, failed: {} });
  expect(sts.calls).toHaveLength(200);
  expect(mostInASecond(sts.calls)).toBeLessThanOrEqual(40);
});

test("while another warmer's clock is a minute ahead, this one waits or leaves, and fails at nothing", async () => {
  const { addAllDue, clock, sts, takeTime, warmer } = await createWarming();
  await addAllDue("lake", 1_000);
  takeTime();
  const ahead: Clock = { ...clock, now: () => clock.now() + 60_000 };
  const { issued } = await clock.run(warmer({ clock: ahead })(2_000));
  expect(issued).toBeGreaterThan(300);

  expect(await clock.run(warmer()(30_000))).toEqual({
    ...nothing,
    due: 1_000 - issued,
    left: 1_000 - issued,
  });
  expect(sts.calls).toHaveLength(issued);
  expect(await clock.run(warmer()())).toEqual({ ...nothing, due: 1_000 - issued, issued: 1_000 - issued });
  expect(sts.throttled).toBe(0);
});

test("when something has moved the slots far ahead, all entries are left unread and STS is not asked", async () => {
  const { addAllDue, clock, dynamodb, sts, warmer } = await createWarming();
  await addAllDue("lake", 300);
  const tomorrow = clock.now() + 86_400_000;
  await createRateTable(dynamodb.call, tableName).reserve(1, 1, tomorrow, tomorrow + 1);
  const before = clock.now();
  let reads = 0;
  dynamodb.faults.before = (action) => {
    if (action === "GetItem") reads++;
  };
  expect(await clock.run(warmer()())).toEqual({ ...nothing, due: 300, left: 300 });
  expect(clock.now()).toBe(before);
  // The entries that were to be issued together; the others are only counted.
  expect(reads).toBeLessThanOrEqual(100);
  expect(sts.calls).toEqual([]);
});

const gone = new TableUnreachable("gone");
test.each<[string, (clock: Clock) => Promise<undefined>, { cause?: Error }]>([
  ["that is far", async () => undefined, {}],
  ["where the table is away", () => Promise.reject(gone), { cause: gone }],
  ["of a table that does not answer", (clock) => clock.sleep(5_000).then(() => undefined), {}],
])(
  "an instance that has claimed an entry waits for no slot %s: others would overtake the claim",
  async (_, answer, why) => {
    const clock = virtualClock();
    let isFirst = true;
    const table: RateTable = {
      async reserve(_slotMs, _slots, now) {
        if (!isFirst) return answer(clock);
        isFirst = false;
        return now;
      },
    };
    const budget = createStsBudget({ table, stsCallsPerSecond: 1, clock });
    const issue = budget.paced(unasked);
    await clock.run(budget.approach(clock.now() + 10_000));
    // The claim takes longer than the life of the slot.
    await clock.advance(200);
    const began = clock.now();
    const issuing = issue(sampleRequest(sampleStorage("session-token"))).catch((error: unknown) => error);
    expect(await clock.run(issuing)).toMatchObject({ name: "NoSlot", ...why });
    expect(clock.now() - began).toBeLessThanOrEqual(500);
  },
);

test("work of an issue before its call, such as a read of the long-term key, bunches no calls", async () => {
  const { addAllDue, clock, sts, warmer } = await createWarming({ stsCallsPerSecond: 200 });
  await addAllDue("lake", 1_000);
  const readBy = clock.now() + 400;
  sts.prepares = () => clock.sleep(Math.max(readBy - clock.now(), 0));
  expect(await clock.run(warmer()())).toEqual({ ...nothing, due: 1_000, issued: 1_000 });
  expect(sts.throttled).toBe(0);
  expect(mostInASecond(sts.calls)).toBeLessThanOrEqual(200);
});

test("an instance that has more time gets a slot where another one got none", async () => {
  const clock = virtualClock();
  const { call } = createSimulatedDynamodb(tableName);
  const table = createRateTable(call, tableName);
  const budget = createStsBudget({ table, stsCallsPerSecond: 1, clock });
  const now = clock.now();
  await table.reserve(2_000, 1, now, now + 1);
  const issue = budget.paced(unasked);
  const issuing = issue(sampleRequest(sampleStorage("session-token"))).catch((error: unknown) => error);
  const approached = budget.approach(now + 10_000);
  expect(await clock.run(Promise.all([issuing, approached]))).toEqual([expect.any(NoSlot), true]);
});
