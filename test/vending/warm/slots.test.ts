import { expect, test } from "vitest";
import { createRateTable } from "../../../shared/aws/rate-table.ts";
import type { Issue, RateTable } from "../../../shared/vending/ports.ts";
import { createStsBudget, type StsBudget } from "../../../shared/vending/warm/sts-budget.ts";
import { createSimulatedDynamodb } from "../../dynamodb/simulated-dynamodb.ts";
import { isOpen } from "../../is-open.ts";
import { sampleRequest, sampleStorage } from "../samples.ts";
import { tableName } from "../simulated-fleet.ts";
import { virtualClock } from "../virtual-clock.ts";
import { awayFor, createWarming, isClaim, nothing } from "./warming.ts";

// At one call a second a slot that is lost is a second lost.
const slotMs = 1_030;
const oneASecond = { storages: ["bad", "good"], stsCallsPerSecond: 1 };

/** Resolves when an issue has got its turn. */
async function atTurnOf({ paced }: StsBudget): Promise<void> {
  const turned = Promise.withResolvers<void>();
  const issue: Issue = async (_, { turn } = {}) => {
    await turn?.();
    turned.resolve();
    return new Promise(() => {});
  };
  void paced(issue)(sampleRequest(sampleStorage("session-token")));
  await turned.promise;
}

/** Which slots calls for a storage were made at, counted from the first slot that there is. */
function slotsOf(
  sts: Awaited<ReturnType<typeof createWarming>>["sts"],
  storage: string,
  began: number,
): number[] {
  return sts.calls
    .filter(({ request }) => request.storage.name === storage)
    .map(({ at }) => Math.floor((at - began) / slotMs));
}

test("an entry whose storage is left alone by the time of its slot gives the slot to the next one", async () => {
  const { addDue, clock, sts, warmer } = await createWarming(oneASecond);
  await addDue("bad", "user-0", clock.now() - 3);
  await addDue("bad", "user-1", clock.now() - 2);
  await addDue("good", "user-2", clock.now() - 1);
  sts.before = awayFor("bad");
  const began = clock.now();
  await clock.run(warmer()(5_000));
  expect(slotsOf(sts, "good", began)).toEqual([1]);
});

test("entries of a storage that is left alone take no slot at all, however many they are", async () => {
  const { addDue, clock, sts, warmer } = await createWarming(oneASecond);
  for (let n = 0; n < 12; n++) await addDue("bad", `user-${n}`, clock.now() - 20 + n);
  await addDue("good", "user-12", clock.now() - 1);
  sts.before = awayFor("bad");
  const began = clock.now();
  await clock.run(warmer()(5_000));
  // The first slot was the one of the failure.
  expect(slotsOf(sts, "good", began)).toEqual([1]);
});

test("an entry that somebody else has claimed meanwhile gives its slot to the next one", async () => {
  const { addDue, clock, dynamodb, sts, table, warmer } = await createWarming(oneASecond);
  const key = await addDue("bad", "user-0", clock.now() - 2);
  await addDue("good", "user-1", clock.now() - 1);
  dynamodb.faults.before = async (_, input) => {
    if (!isClaim(input)) return;
    dynamodb.faults.before = undefined;
    await table.claim(key, await table.get(key), clock.now(), 1_000);
  };
  const began = clock.now();
  expect(await clock.run(warmer()(5_000))).toEqual({ ...nothing, due: 2, issued: 1, passed: 1 });
  expect(slotsOf(sts, "good", began)).toEqual([0]);
});

test("stepping back from a slot that another's call has taken lets nobody in early", async () => {
  const clock = virtualClock();
  const { call } = createSimulatedDynamodb(tableName);
  const budget = createStsBudget({ table: createRateTable(call, tableName), stsCallsPerSecond: 1, clock });
  const until = clock.now() + 60_000;
  await clock.run(budget.approach(until));
  await clock.run(atTurnOf(budget));
  const next = budget.approach(until);
  budget.stepBack();
  await clock.advance(slotMs - 101);
  expect(await isOpen(next)).toBe(true);
  await clock.advance(1);
  expect(await next).toBe(true);
});

/** A row that gives each slot at the requested time, and reports that time. */
function recordingRate(tookMs: number, stsCallsPerSecond = 1) {
  const clock = virtualClock();
  const askedFor: number[] = [];
  const table: RateTable = {
    async reserve(_slotMs, _slots, now) {
      askedFor.push(now);
      await clock.sleep(tookMs);
      return now;
    },
  };
  return { clock, askedFor, budget: createStsBudget({ table, stsCallsPerSecond, clock }) };
}

test("slots are asked for from when the table will have answered: those before would be void by then", async () => {
  const { clock, askedFor, budget } = recordingRate(50);
  const began = clock.now();
  await clock.run(budget.approach(began + 60_000));
  // How long it takes is known after the first time, whose slot was void.
  expect(askedFor).toEqual([began, began + 50 + 50]);
});

test("a slot at the end of the time is none in it", async () => {
  // Two slots at once, 128.75 ms apart.
  const { clock, budget } = recordingRate(0, 8);
  const began = clock.now();
  await clock.run(budget.approach(began + 60_000));
  expect(await clock.run(budget.approach(began + 128))).toBe(false);
  expect(await clock.run(budget.approach(began + 129))).toBe(true);
});

test.each([
  { lateMs: 12, reservations: 1 },
  { lateMs: 13, reservations: 2 },
])("a call that is $lateMs ms late for its slot takes $reservations", async ({ lateMs, reservations }) => {
  const { clock, askedFor, budget } = recordingRate(0);
  await clock.run(budget.approach(clock.now() + 60_000));
  await clock.advance(lateMs);
  await clock.run(atTurnOf(budget));
  expect(askedFor).toHaveLength(reservations);
});
