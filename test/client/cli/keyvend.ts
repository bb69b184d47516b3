import type { CommandIo } from "../../../shared/client/src/cli/command-line.ts";
import { run } from "../../../shared/client/src/cli/run.ts";

export interface Result {
  status: number;
  out: string;
  err: string;
}

interface Recording {
  io: CommandIo;
  /** What was written so far. */
  text: { out: string; err: string };
}

/** The output of a command, to be read while the command runs. */
export function record(env: Record<string, string> = {}, { isTerminal = false } = {}): Recording {
  const text = { out: "", err: "" };
  const io: CommandIo = {
    env,
    out: (more) => {
      text.out += more;
    },
    err: (more) => {
      text.err += more;
    },
    isTerminal: () => isTerminal,
  };
  return { io, text };
}

/** One command line, in this process: what it wrote, and with what status it would end. */
export async function keyvend(
  words: readonly string[],
  env: Record<string, string> = {},
  options: { isTerminal?: boolean } = {},
): Promise<Result> {
  const { io, text } = record(env, options);
  const status = await run(words, io);
  return { status, ...text };
}
