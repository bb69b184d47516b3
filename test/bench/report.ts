import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { type Measure, type Row, shown, verdictOf } from "./measure.ts";

/** On what it was measured. Absolute times mean something beside this only. */
interface Machine {
  at: string;
  node: string;
  processor: string;
  cores: number;
  memoryGB: number;
  platform: string;
  /** The load average of the minute before: at 0 the machine did nothing else. */
  load: number;
}

/** All that one run gave. */
export interface Results {
  machine: Machine;
  rounds: number;
  tookSeconds: number;
  rows: Row[];
}

export function machineNow(): Machine {
  return {
    at: new Date().toISOString().slice(0, 10),
    node: process.version,
    processor: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryGB: Math.round(totalmem() / 2 ** 30),
    platform: process.platform,
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}

/**
 * The machine in one line.
 *
 * @example describe(machine) // "Node v24.21.0, 2 × Intel(R) Xeon(R) Processor, 8 GB, linux, load 0.1 before, 2026-11-27"
 */
export function describe({ node, cores, processor, memoryGB, platform, load, at }: Machine): string {
  return `Node ${node}, ${cores} × ${processor}, ${memoryGB} GB, ${platform}, load ${load} before, ${at}`;
}

const verdicts = { met: "met", missed: "MISSED", floor: "below the floor", told: "" };

/** The rows as a table for a terminal. */
export function tableOf(rows: readonly Row[]): string {
  const lines = rows.flatMap((row) => [
    `${row.id.padEnd(4)} ${row.what}`,
    ...row.measures.map((measure) => `     ${lineOf(measure)}`),
    ...(row.notes ?? []).map((note) => `     ${note}`),
  ]);
  return lines.join("\n");
}

function lineOf(measure: Measure): string {
  const { says, spread, unit, goal, floor } = measure;
  const { median, least, most } = spread;
  const range = least === most ? "" : `(${shown(least)}–${shown(most)})`;
  const wanted =
    goal === undefined ? "" : "atMost" in goal ? `≤ ${shown(goal.atMost)}` : `≥ ${shown(goal.atLeast)}`;
  const ground = floor === undefined ? "" : `floor ${shown(floor.median)}`;
  const cells = [says.padEnd(62), `${shown(median)} ${unit}`.padStart(16), range.padEnd(20)];
  return [...cells, wanted.padEnd(9), verdicts[verdictOf(measure)].padEnd(15), ground].join(" ").trimEnd();
}

/** How many goals there are, and what became of them. */
export function summaryOf(rows: readonly Row[]): string {
  const counts = Map.groupBy(
    rows.flatMap(({ measures }) => measures.map(verdictOf)),
    (verdict) => verdict,
  );
  const count = (verdict: keyof typeof verdicts) => counts.get(verdict)?.length ?? 0;
  return `${count("met")} goals met, ${count("floor")} below the floor, ${count("missed")} missed.`;
}
