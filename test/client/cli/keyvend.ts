import { run } from "../../../shared/client/src/cli/run.ts";

export interface Result {
  status: number;
  out: string;
  err: string;
}

/** One command line, in this process: what it wrote, and with what status it would end. */
export async function keyvend(
  args: readonly string[],
  env: Record<string, string> = {},
  { isTerminal = false } = {},
): Promise<Result> {
  const written = { out: "", err: "" };
  const status = await run(args, {
    env,
    out: (text) => {
      written.out += text;
    },
    err: (text) => {
      written.err += text;
    },
    isTerminal: () => isTerminal,
  });
  return { status, ...written };
}
