import type { Burst } from "./fleet.ts";
import type { Stage } from "./stage.ts";
import type { BurstAnswer } from "./worker.ts";

/** The latency of the STS stand-in unless a scenario says otherwise. */
export const stsLatencyMs = 300;

/** One line of the table. */
export interface Row {
  scenario: string;
  callers: number;
  processes: number;
  stsCalls: number;
  /** Further facts: how many got a stale answer, overtook a dead claim, … */
  telling: string[];
  failures: number;
  /** The audit trail's reasons for the failures, the most frequent first. */
  reasons?: string[];
  /** Milliseconds of each caller; none where no caller waits for an answer. */
  times: number[];
  perCaller?: { tableCalls: number; cpuMs: number };
  busy?: number;
  bounds: Bound[];
}

/** A condition that must hold. */
export interface Bound {
  says: string;
  holds: boolean;
  /** Counts decide the run. Times and rates depend on the machine too, so they are only printed with their verdict. */
  kind: "count" | "time";
}

export interface Scenario {
  /** Its name on the command line. */
  name: string;
  play(stage: Stage): Promise<Row[]>;
}

/**
 * The line of a burst.
 *
 * @param isAnswer whether an answer is the right one; any other answer is a failure.
 */
export function rowOf(
  scenario: string,
  burst: Burst,
  bounds: (row: Row) => Bound[],
  isAnswer = (answer: BurstAnswer) => answer.status === 200,
): Row {
  const { callers, processes, answers, sts, tableCalls, cpuMs, busy } = burst;
  const failed = answers.filter((answer) => !isAnswer(answer));
  const row: Row = {
    scenario,
    callers,
    processes,
    stsCalls: sts.cameAt.length,
    telling: counted(answers.flatMap(kindsOf)),
    failures: failed.length,
    reasons: counted(failed.map(({ status, audit }) => `${status} ${audit?.reason ?? "without a record"}`)),
    times: answers.map(({ tookMs }) => tookMs).sort((a, b) => a - b),
    perCaller: { tableCalls: tableCalls / callers, cpuMs: cpuMs / callers },
    busy,
    bounds: [],
  };
  return { ...row, bounds: [noFailures(row), ...bounds(row)] };
}

function kindsOf({ code, audit }: BurstAnswer): string[] {
  const kinds = [code, audit?.stale ? "stale" : audit?.cache, audit?.tookOver && "took over"];
  return kinds.filter((kind) => typeof kind === "string");
}

/** `["7 table", "1 issued"]` */
function counted(texts: readonly string[]): string[] {
  return Object.entries(Object.groupBy(texts, (text) => text))
    .map(([text, same = []]) => ({ text, count: same.length }))
    .sort((a, b) => b.count - a.count)
    .map(({ text, count }) => `${count} ${text}`);
}

const noFailures = ({ failures }: Row): Bound => ({
  says: "0 failures",
  holds: failures === 0,
  kind: "count",
});

/** Whether a caller got no credentials, but was told when to ask again. */
export function isToldToComeBack({ status, retryAfterSeconds = 0 }: BurstAnswer): boolean {
  return status === 503 && retryAfterSeconds >= 1;
}

/** The most calls that STS may have had. */
export function callsAtMost(most: number): (row: Row) => Bound {
  return ({ stsCalls }) => ({ says: `at most ${most} STS calls`, holds: stsCalls <= most, kind: "count" });
}

/** A failure is every caller's answer for two seconds, and then one of them tries again. */
export function oneCallInTwoSeconds(overMs: number): (row: Row) => Bound {
  return callsAtMost(1 + Math.ceil(overMs / 2_000));
}

export function exactlyOneCall({ stsCalls }: Row): Bound {
  return { says: "exactly 1 STS call", holds: stsCalls === 1, kind: "count" };
}

/** By the nearest rank; `percentile(row, 100)` is the slowest caller. */
export function percentile({ times }: Pick<Row, "times">, percent: number): number {
  return times[Math.max(0, Math.ceil((times.length * percent) / 100) - 1)] ?? 0;
}

export function percentileWithin(percent: number, mostMs: number): (row: Row) => Bound {
  const name = percent === 100 ? "the slowest" : `p${percent}`;
  return (row) => ({
    says: `${name} within ${mostMs} ms`,
    holds: percentile(row, percent) <= mostMs,
    kind: "time",
  });
}
