import { afterEach, describe, expect, test, vi } from "vitest";
import { issueRefusal } from "../../shared/core/issue-refusal.ts";
import { seededRandom } from "./model/seeded-random.ts";
import { live, minute } from "./model/steady-life.ts";
import type { StsWay } from "./model/virtual-fleet.ts";

const scopes = 50;

afterEach(() => vi.restoreAllMocks());

const refuses = { takesMs: 50, refusal: issueRefusal("unavailable", "lake") };
const hangs = { takesMs: Number.POSITIVE_INFINITY };

/** Clocks that agree, and clocks that are spread over a minute. */
const aligned = Array.from({ length: 20 }, () => 0);
const skewed = aligned.map((_, n) => (n / 19 - 0.5) * minute);

/** A fleet in steady use: a request for each scope every few seconds to three minutes, and STS away for a while. */
async function outage(fromMs: number, forMs: number, away: StsWay, clocksAheadMs = aligned) {
  const random = seededRandom(fromMs + 1);
  vi.spyOn(Math, "random").mockImplementation(random);
  const isAway = (atMs: number) => fromMs <= atMs && atMs < fromMs + forMs;
  const { answers, trace, start } = await live({
    scopes,
    clocksAheadMs,
    lastsMs: fromMs + forMs + 10 * minute,
    pauseMs: (scope) => 2 * random() * (3_000 + (scope / scopes) * 100_000),
    sts: (atMs) => (isAway(atMs) ? away : { takesMs: 300 }),
    random,
  });
  return {
    answers,
    failed: answers.filter(({ error }) => error),
    leastLeftMs: Math.min(...answers.map(({ leftMs = Number.POSITIVE_INFINITY }) => leftMs)),
    slowestMs: Math.max(...answers.map(({ tookMs }) => tookMs)),
    stale: answers.filter(({ obtained }) => obtained?.stale),
    /** Calls to STS while it was away. */
    calls: trace.sts.filter(({ at }) => isAway(at - start)).length,
  };
}

const stsAway = [
  ["refuses at once", refuses, 35],
  // Several calls are under way before the first has failed.
  ["does not answer", hangs, 70],
] as const;

describe.each(stsAway)("while STS %s for 25 minutes", (_, away, mostCalls) => {
  // The fleet uses sessions of one hour, and issues them anew all the time: at any minute there are sessions of any age.
  test.each([10, 40, 55])("from minute %i on, no warm scope fails, and few calls are made", async (from) => {
    const { failed, leastLeftMs, stale, calls } = await outage(from * minute, 25 * minute, away);
    expect(failed).toEqual([]);
    expect(leastLeftMs).toBeGreaterThanOrEqual(minute);
    // One call for each scope in half a minute: a storage's scopes do not yet back off together.
    // A pause is a minute at last, and a call ends each. Without the pauses it was a call for each scope in half a minute.
    expect(calls).toBeLessThanOrEqual(mostCalls);
    // The schedule comes by within two minutes of its end, and instances remember for some seconds.
    expect(stale.filter(({ atMs }) => atMs > (from + 25 + 2.5) * minute)).toEqual([]);
  });

  test("clocks that are a minute apart make no difference to that", async () => {
    const { failed, leastLeftMs, stale } = await outage(10 * minute, 25 * minute, away, skewed);
    expect(failed).toEqual([]);
    expect(leastLeftMs).toBeGreaterThan(0);
    expect(stale.length).toBeGreaterThan(0);
  });
});

test("in an outage of 70 minutes each session serves until its last minute, and then callers get a Retry-After", async () => {
  const { answers, failed, leastLeftMs, slowestMs } = await outage(40 * minute, 70 * minute, refuses);
  expect(failed.length).toBeGreaterThan(0);
  expect(leastLeftMs).toBeGreaterThanOrEqual(minute);
  expect(slowestMs).toBeLessThanOrEqual(1_000);
  const expirations = new Map<number, number>();
  for (const { scope, atMs, tookMs, leftMs, error } of answers) {
    if (leftMs !== undefined) expirations.set(scope, atMs + tookMs + leftMs);
    if (error === undefined) continue;
    expect((expirations.get(scope) ?? 0) - (atMs + tookMs)).toBeLessThan(minute);
    expect(error).toMatchObject({ code: "unavailable" });
    expect(error.retryAfterSeconds).toBeGreaterThanOrEqual(1);
    expect(error.retryAfterSeconds).toBeLessThanOrEqual(60);
  }
});
