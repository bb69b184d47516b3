import { describe, expect, test } from "vitest";
import { DeadlinePassed } from "../../../shared/core/issue-refusal.ts";
import { createStampede, failures, sessions, slowest } from "./stampede.ts";

// Callers of STS in a fleet, whose sessions are issued for an hour.

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const patient = { patienceMs: 5_000 };
const leftOf = ({ obtained }: Awaited<ReturnType<ReturnType<typeof createStampede>["one"]>>, now: number) =>
  (obtained?.session.expiration ?? 0) - now;

describe("where a session is issued for as long as it is told, so that nothing is left to share,", () => {
  const caller = { ...patient, leastMs: hour };

  test("fifty callers at once cost one call, since they all came before it was made", async () => {
    const { all, trace } = createStampede();
    const answers = await all(50, caller);
    expect(failures(answers)).toEqual([]);
    expect(trace.sts).toHaveLength(1);
    expect(sessions(answers).size).toBe(1);
  });

  test("fifty callers within two seconds cost no more calls than fit in one after the other", async () => {
    const { all, trace } = createStampede();
    const answers = await all(50, caller, 2 * second);
    expect(failures(answers)).toEqual([]);
    // An issue takes 300 ms and some looks.
    expect(trace.sts.length).toBeGreaterThan(2);
    expect(trace.sts.length).toBeLessThanOrEqual(8);
  });

  test("fifty callers one after the other cost fifty", async () => {
    const { one, trace, clock } = createStampede();
    for (let n = 0; n < 50; n++) {
      await one(caller);
      await clock.advance(second);
    }
    expect(trace.sts).toHaveLength(50);
  });
});

test("a thousand callers that need half of what is issued cost one call, and so do those of the next half hour", async () => {
  const { all, trace, clock } = createStampede();
  const caller = { ...patient, leastMs: hour / 2 };
  const answers = await all(1_000, caller);
  await clock.advance(29 * minute);
  const later = await all(1_000, caller);
  expect([...failures(answers), ...failures(later)]).toEqual([]);
  expect(trace.sts).toHaveLength(1);
  expect(Math.min(...later.map((answer) => leftOf(answer, clock.now())))).toBeGreaterThanOrEqual(hour / 2);
});

test("callers that need different times wait for one issue, which serves them all", async () => {
  const { all, trace, clock } = createStampede();
  await all(1);
  await clock.advance(20 * minute);
  await all(20, { ...patient, leastMs: 30 * minute });
  expect(trace.sts).toHaveLength(1);
  await all(20, { ...patient, leastMs: 45 * minute });
  expect(trace.sts).toHaveLength(2);
});

describe("while STS takes three seconds, and the warmer issues,", () => {
  const slow = () => {
    const stampede = createStampede();
    stampede.conditions.sts = () => ({ takesMs: 3 * second });
    return stampede;
  };

  test("patient callers are held until it has, and none is refused", async () => {
    const { all, trace } = slow();
    const answers = await all(100, { ...patient, leastMs: hour / 2 });
    expect(failures(answers)).toEqual([]);
    expect(sessions(answers).size).toBe(1);
    expect(trace.sts).toHaveLength(2);
    expect(trace.handOvers).toHaveLength(1);
    expect(slowest(answers)).toBeLessThanOrEqual(5 * second);
  });

  test("other callers are told to come back as before", async () => {
    const answers = await slow().all(100);
    expect(failures(answers)).toHaveLength(100);
  });
});

test("a patient caller is told to come back when its patience has ended, and not before", async () => {
  const stampede = createStampede();
  stampede.conditions.sts = () => ({ takesMs: 60 * second });
  const { error, tookMs } = await stampede.one(patient);
  expect(error).toMatchObject({ code: "unavailable", retryAfterSeconds: expect.any(Number) });
  expect(tookMs).toBeGreaterThanOrEqual(4_900);
  expect(tookMs).toBeLessThanOrEqual(5_200);
  const impatient = createStampede();
  impatient.conditions.sts = stampede.conditions.sts;
  const other = await impatient.one();
  expect(other.error).toBeInstanceOf(DeadlinePassed);
  expect(other.tookMs).toBeLessThan(second);
});

test("while a slow issue is under way, a caller is held rather than given less than it needs, and then given that", async () => {
  const { one, all, clock, conditions } = createStampede();
  await one(patient);
  await clock.advance(40 * minute);
  conditions.sts = () => ({ takesMs: 3 * second });
  const [answer] = await all(1, { ...patient, leastMs: hour / 2 });
  expect(answer?.obtained).not.toHaveProperty("stale");
  await clock.advance(40 * minute);
  conditions.sts = () => ({ takesMs: 60 * second });
  const [away] = await all(1, { ...patient, leastMs: hour / 2 });
  expect(away?.obtained).toMatchObject({ stale: true });
});
