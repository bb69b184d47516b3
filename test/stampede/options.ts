import { parseArgs } from "node:util";
import { type TableKind, tableKinds } from "./tables.ts";

export interface Options {
  table: TableKind;
  callers: number;
  processes: number;
  /** Whether a time above its bound fails the run. */
  times: boolean;
  /** Names of scenarios; none for all. */
  scenarios: string[];
}

/**
 * Reads the command line: `npm run stampede -- --callers 200 --processes 4 --table simulated cold`.
 *
 * @throws Error that says what may stand there.
 */
export function readOptions(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    allowNegative: true,
    options: {
      table: { type: "string", default: tableKinds[0] },
      callers: { type: "string", default: "1000" },
      processes: { type: "string", default: "20" },
      times: { type: "boolean", default: true },
    },
  });
  const table = tableKinds.find((kind) => kind === values.table);
  if (table === undefined) throw new Error(`--table must be ${tableKinds.join(" or ")}.`);
  const callers = countOf("--callers", values.callers);
  const processes = countOf("--processes", values.processes);
  if (processes > callers) throw new Error("--processes must be at most --callers.");
  return { table, callers, processes, times: values.times, scenarios: positionals };
}

function countOf(name: string, text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new Error(`${name} must be a whole number above 0.`);
}
