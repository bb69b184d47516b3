import { type Bound, percentile, type Row, stsLatencyMs } from "./scenario.ts";

const headings = [
  ...["scenario", "callers", "processes", "STS calls", "failures", "p50", "p99", "max", "p99 ÷ STS"],
  ...["table calls each", "CPU ms each", "busy", "of which"],
];

const mostReasons = 5;

/** The table of all rows; times in milliseconds. */
export function tableOf(rows: readonly Row[]): string {
  const lines = [headings, ...rows.map(cellsOf)];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  // Words to the left, numbers to the right.
  const isWords = (column: number) => column === 0 || column === headings.length - 1;
  return lines
    .map((line) =>
      line.map((cell, n) => (isWords(n) ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))),
    )
    .map((line) => line.join("  ").trimEnd())
    .join("\n");
}

function cellsOf(row: Row): string[] {
  const { scenario, callers, processes, stsCalls, failures, times, perCaller, busy, telling } = row;
  const p99 = percentile(row, 99);
  const timed = times.length > 0;
  const milliseconds = (percent: number) => (timed ? percentile(row, percent).toFixed(0) : "–");
  return [
    scenario,
    ...[callers, processes, stsCalls, failures].map(String),
    ...[50, 99, 100].map(milliseconds),
    timed ? (p99 / stsLatencyMs).toFixed(1) : "–",
    perCaller === undefined ? "–" : perCaller.tableCalls.toFixed(1),
    perCaller === undefined ? "–" : perCaller.cpuMs.toFixed(1),
    busy === undefined ? "–" : `${(busy * 100).toFixed(0)} %`,
    telling.join(", "),
  ];
}

/** One line for each bound. */
export function verdictsOf(rows: readonly Row[]): string {
  return rows
    .flatMap(({ scenario, bounds }) =>
      bounds.map((bound) => `${verdictOf(bound)}  ${scenario}: ${bound.says}`),
    )
    .join("\n");
}

/** Why callers failed: a few lines for each scenario, the most frequent first. */
export function reasonsOf(rows: readonly Row[]): string {
  return rows
    .flatMap(({ scenario, reasons = [] }) =>
      reasons.slice(0, mostReasons).map((reason) => `${scenario}: ${reason}`),
    )
    .join("\n");
}

function verdictOf({ holds, kind }: Bound): string {
  if (holds) return "holds ";
  return kind === "count" ? "BROKEN" : "missed";
}

/** Whether a bound that fails the run is broken. */
export function isBroken(rows: readonly Row[]): boolean {
  return rows.some(({ bounds }) => bounds.some(({ holds, kind }) => !holds && kind === "count"));
}
