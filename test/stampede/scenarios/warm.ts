import { atMost } from "../at-most.ts";
import type { Bound, Row, Scenario } from "../scenario.ts";
import type { Stage } from "../stage.ts";
import { warmedPerSecond } from "../world.ts";

const keptAtATime = 64;
const leastShare = 0.95;

/**
 * More entries are due than one run can issue: two concurrent warmers keep to the rate that they share, and use it. They
 * warm some entries before: young code misses slots where four processes share two processors, so that has its own line.
 */
export const warm: Scenario = {
  name: "warm",
  async play(stage) {
    const rate = `${warmedPerSecond}/s`;
    const fresh = await pass(stage, 1_000, `warm: 1000 entries due, ${rate}, fresh processes`);
    const usual = await pass(stage, 10_000, `warm: 10000 entries due, ${rate}`);
    return [fresh, { ...usual, bounds: [...usual.bounds, usesTheRate(usual)] }];
  },
};

interface WarmRow extends Row {
  perSecond: number;
}

async function pass(
  { sts, warm: warmers, keep }: Stage,
  entries: number,
  scenario: string,
): Promise<WarmRow> {
  const scopes = Array.from({ length: entries }, (_, n) => `warm-${entries}-${n}`);
  await atMost(keptAtATime, scopes, (scope) => keep.put(scope, { issuedAgo: 28, left: 32, dueAgo: 1 }));
  await sts.ask("meet", { latencyMs: 100, mostPerSecond: warmedPerSecond });
  await sts.ask("count");
  const reports = await Promise.all(warmers.map((warmer) => warmer.ask("invoke", {})));
  const { cameAt, throttled } = await sts.ask("count");
  const issued = reports.reduce((sum, report) => sum + report.issued, 0);
  const failed = reports.flatMap((report) => Object.entries(report.failed));
  const failures = failed.reduce((sum, [, count]) => sum + count, 0);
  const left = Math.max(...reports.map((report) => report.left));
  const perSecond = rateOf(cameAt);
  const fullest = mostWithinASecond(cameAt);
  const atMostTheRate = `at most ${warmedPerSecond} calls in any second`;
  return {
    scenario,
    callers: entries,
    processes: warmers.length,
    stsCalls: cameAt.length,
    telling: [
      `${issued} issued`,
      `${left} left`,
      `${perSecond.toFixed(1)}/s`,
      `${fullest} in the fullest second`,
      ...failed.map(([code, count]) => `${count} ${code}`),
    ],
    failures,
    times: [],
    perSecond,
    bounds: [
      { says: "0 failures", holds: failures === 0, kind: "count" },
      // Other scenarios may have left due entries.
      { says: "all issued", holds: issued >= entries, kind: "count" },
      { says: atMostTheRate, holds: fullest <= warmedPerSecond, kind: "count" },
      { says: "0 throttled", holds: throttled === 0, kind: "count" },
    ],
  };
}

function usesTheRate({ perSecond }: WarmRow): Bound {
  const least = leastShare * warmedPerSecond;
  return { says: `at least ${least} calls a second`, holds: perSecond >= least, kind: "time" };
}

function rateOf(times: readonly number[]): number {
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  return ((times.length - 1) * 1_000) / Math.max(last - first, 1);
}

function mostWithinASecond(times: readonly number[]): number {
  let from = 0;
  return times.reduce((most, time, n) => {
    while ((times[from] ?? time) <= time - 1_000) from += 1;
    return Math.max(most, n - from + 1);
  }, 0);
}
