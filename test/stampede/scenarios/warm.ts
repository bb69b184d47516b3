import { atMost } from "../at-most.ts";
import type { Bound, Row, Scenario } from "../scenario.ts";
import { warmedPerSecond } from "../world.ts";

const entries = 10_000;
const keptAtATime = 64;
const leastShare = 0.95;

/** More is due than one run can issue: two concurrent warmers keep to the rate they share, and use it. */
export const warm: Scenario = {
  name: "warm",
  async play({ sts, warm: warmers, keep }) {
    const scopes = Array.from({ length: entries }, (_, n) => `warm-${n}`);
    await atMost(keptAtATime, scopes, (scope) => keep.put(scope, { issuedAgo: 28, left: 32, dueAgo: 1 }));
    await sts.ask("meet", { latencyMs: 100, mostPerSecond: warmedPerSecond });
    await sts.ask("count");
    const reports = await Promise.all(warmers.map((warmer) => warmer.ask("invoke", {})));
    const { cameAt, throttled } = await sts.ask("count");
    const issued = reports.reduce((sum, report) => sum + report.issued, 0);
    const failed = reports.flatMap((report) => Object.entries(report.failed));
    const left = Math.max(...reports.map((report) => report.left));
    const rate = rateOf(cameAt);
    const row: Omit<Row, "bounds"> = {
      scenario: `warm: ${entries} entries due, ${warmedPerSecond}/s`,
      callers: entries,
      processes: warmers.length,
      stsCalls: cameAt.length,
      telling: [
        `${issued} issued`,
        `${left} left`,
        `${rate.toFixed(1)}/s`,
        `${mostWithinASecond(cameAt)} in the fullest second`,
        ...failed.map(([code, count]) => `${count} ${code}`),
      ],
      failures: failed.reduce((sum, [, count]) => sum + count, 0),
      times: [],
    };
    const least = leastShare * warmedPerSecond;
    const bounds: Bound[] = [
      { says: "0 failures", holds: row.failures === 0, kind: "count" },
      { says: `at least ${least} calls a second`, holds: rate >= least, kind: "count" },
      {
        says: `at most ${warmedPerSecond} calls in any second`,
        holds: mostWithinASecond(cameAt) <= warmedPerSecond,
        kind: "count",
      },
      { says: "0 throttled", holds: throttled === 0, kind: "count" },
    ];
    return [{ ...row, bounds }];
  },
};

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
