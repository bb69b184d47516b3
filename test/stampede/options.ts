import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { type TableKind, tableKinds } from "./tables.ts";

/**
 * About the processor time of a caller when its code runs for the first times and it has to wait for another caller. On
 * Lambda each has a processor of its own; here callers arrive no faster than this machine's processors can serve them.
 */
const processorMsEach = 16;

export interface Options {
  table: TableKind;
  callers: number;
  processes: number;
  /** The time between two callers' arrivals. */
  paceMs: number;
  /** Names of scenarios; none for all. */
  scenarios: string[];
}

/**
 * Reads the command line: `npm run stampede -- --callers 200 --processes 4 --over-ms 500 --table simulated cold`.
 *
 * @throws Error that names the allowed values.
 */
export function readOptions(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      table: { type: "string", default: tableKinds[0] },
      callers: { type: "string", default: "1000" },
      processes: { type: "string", default: "20" },
      "over-ms": { type: "string" },
    },
  });
  const table = tableKinds.find((kind) => kind === values.table);
  if (table === undefined) throw new Error(`--table must be one of ${tableKinds.join(", ")}.`);
  const callers = countOf("--callers", values.callers);
  const processes = countOf("--processes", values.processes);
  if (processes > callers) throw new Error("--processes must be at most --callers.");
  const overMs = values["over-ms"] ?? String((callers * processorMsEach) / availableParallelism());
  const paceMs = Number(overMs) / callers;
  if (!(paceMs >= 0)) throw new Error("--over-ms must be milliseconds.");
  return { table, callers, processes, paceMs, scenarios: positionals };
}

function countOf(name: string, text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new Error(`${name} must be a whole number above 0.`);
}
