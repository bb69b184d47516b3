import { spawn } from "node:child_process";

/**
 * Starts a client's program, or the command that the variable `STARTED_BY` names, with the program's words after it. The
 * program does not see that variable.
 */
export function startProgram(
  words: readonly [string, ...string[]],
  { STARTED_BY: starter, ...env }: Record<string, string>,
) {
  const [command, ...args] = starter === undefined ? words : ([starter, ...words] as const);
  return spawn(command, args, { env, cwd: env["HOME"], stdio: ["pipe", "pipe", "pipe"] });
}
