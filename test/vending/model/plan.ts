import fc from "fast-check";
import { issueRefusal } from "../../../shared/core/issue-refusal.ts";
import { request } from "./subject.ts";
import type { StsWay, TableWay } from "./virtual-fleet.ts";

/** All that is left to chance in one run, except for the order of things that happen at about the same time. */
export interface Plan {
  before: Before;
  callers: CallerPlan[];
  /** The schedule's warmer comes by. */
  warmer: { startMs: number; crashesAt: number | undefined } | undefined;
  /** The course of the actions on the table, one after the other, and then from the first one again; the same for STS. */
  table: TableWay[];
  sts: StsWay[];
  /** The results of `Math.random`, likewise. */
  chances: number[];
}

/** The state of the table when the callers come. */
interface Before {
  /** Age of the session in the table; `undefined` if there is none. */
  ageMs: number | undefined;
  /** The duration for which it was issued. */
  lifeMs: number;
  /** It was served from the table, so it has a time at which it is due. */
  wasUsed: boolean;
  /** The fate of the next generation. */
  next:
    | { claimedMsAgo: number; forMs: number }
    | { failedMsAgo: number; retryAfterSeconds: number }
    | undefined;
}

export interface CallerPlan {
  startMs: number;
  /** The time after its first answer at which it asks again. */
  againAfterMs: number | undefined;
  skewMs: number;
  crashesAt: number | undefined;
  /** Of a caller of STS: how much a session must have left, and how long it waits for the issue of others. */
  needMs: number | undefined;
  patienceMs: number | undefined;
}

const minute = 60_000;
const { name: storageName } = request.storage;

const ageMs = fc.oneof(
  fc.constantFrom(0, 5, 11, 14, 23, 28, 31, 44, 46, 58, 59.5, 61).map((minutes) => minutes * minute),
  fc.nat(62 * minute),
);
const before: fc.Arbitrary<Before> = fc.record({
  ageMs: fc.option(ageMs, { nil: undefined, freq: 4 }),
  lifeMs: fc.constantFrom(60, 60, 25, 16).map((minutes) => minutes * minute),
  wasUsed: fc.boolean(),
  next: fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    {
      weight: 1,
      arbitrary: fc.record({ claimedMsAgo: fc.nat(90_000), forMs: fc.constantFrom(1_000, 15_000) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        failedMsAgo: fc.nat(12_000),
        retryAfterSeconds: fc.integer({ min: 1, max: 10 }),
      }),
    },
  ),
});

const seldom = <Value>(arbitrary: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const calmWay = fc.record({ thereMs: fc.nat(25), backMs: fc.nat(25) });
const slowWay = fc.constantFrom({ thereMs: 400, backMs: 0 }, { thereMs: 0, backMs: 400 });
const faultyWay = fc.record({
  thereMs: fc.nat(25),
  backMs: fc.nat(25),
  fault: fc.constantFrom("lost", "answer lost", "repeated"),
});
const someWay = fc.oneof(
  { weight: 8, arbitrary: calmWay },
  { weight: 1, arbitrary: slowWay },
  { weight: 1, arbitrary: faultyWay },
);

const answering = fc.record({ takesMs: fc.integer({ min: 20, max: 600 }) });
const slow = fc.record({ takesMs: fc.integer({ min: 600, max: 2_000 }) });
const refusing = fc.record({
  takesMs: fc.integer({ min: 20, max: 600 }),
  refusal: fc.oneof(
    fc
      .integer({ min: 0, max: 3_600 })
      .map((retryAfterSeconds) => issueRefusal("throttled", storageName, { retryAfterSeconds })),
    fc.constantFrom("unavailable", "storage_misconfigured").map((code) => issueRefusal(code, storageName)),
  ),
});

/** Each clock is right to the minute. So two of them may be further apart than the protocol allows for. */
const beyond = fc.integer({ min: -minute, max: minute });

const caller = (crashesAt: CallerPlan["crashesAt"] | fc.Arbitrary<CallerPlan["crashesAt"]>) =>
  fc.record({
    startMs: fc.oneof(fc.nat(60), fc.nat(1_500)),
    againAfterMs: seldom(fc.nat(7_000)),
    skewMs: fc.oneof(fc.constant(0), fc.integer({ min: -minute / 2, max: minute / 2 }), beyond),
    crashesAt: typeof crashesAt === "object" ? crashesAt : fc.constant(crashesAt),
    needMs: seldom(fc.constantFrom(15, 30, 45, 60).map((minutes) => minutes * minute)),
    patienceMs: seldom(fc.constant(5_000)),
  });
const crash = seldom(fc.nat(14));
const callersOf = (one: fc.Arbitrary<CallerPlan>) => fc.array(one, { minLength: 2, maxLength: 6 });

const listOf = <Value>(arbitrary: fc.Arbitrary<Value>, maxLength: number) =>
  fc.array(arbitrary, { minLength: 1, maxLength });

/** Some runs have no fault at all, some have faults of one kind only: each kind has promises that hold without it. */
export const plans: fc.Arbitrary<Plan> = fc.record({
  before,
  callers: fc.oneof(callersOf(caller(undefined)), callersOf(caller(crash))),
  warmer: seldom(fc.record({ startMs: fc.nat(2_500), crashesAt: crash })),
  table: fc.oneof(listOf(calmWay, 30), listOf(someWay, 30)),
  sts: fc.oneof(listOf(answering, 6), listOf(fc.oneof(answering, slow, refusing), 6)),
  chances: listOf(fc.constantFrom(0, 0.25, 0.5, 0.75, 0.999), 20),
});
