import { type StdioOptions, spawn } from "node:child_process";
import { constants } from "node:os";
import type { Environment } from "../identity-sources/environment.ts";
import { callWitness } from "./group-witness.ts";
import { printable } from "./output.ts";

const forwardedSignals = ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGINT", "SIGQUIT"] as const;

/** How a command ended: by itself, or by a signal. */
type CommandEnd = { readonly status: number } | { readonly signal: NodeJS.Signals };

/** What a command is started with, beside its words. */
interface CommandSurroundings {
  env: Environment;
  /** Open descriptors that it gets as they are, beside 0, 1 and 2. */
  descriptors: readonly number[];
  err(text: string): void;
}

/**
 * Runs a command to its end. It is in this process's group, has its input and output, and gets every signal once: from this
 * process if the sender had not sent it to the whole group anyway.
 *
 * @param prepare what the command needs and must not outlive it. Until `clear` has run, no signal ends this process
 * @returns the end; the status is 127 for a command that is not found and 126 for one that cannot be run, as shells have it
 */
export async function runCommand(
  words: readonly string[],
  prepare: () => CommandSurroundings,
  clear: () => void,
): Promise<CommandEnd> {
  let pass: (signal: NodeJS.Signals) => void = () => undefined;
  const listener = (signal: NodeJS.Signals) => pass(signal);
  for (const signal of forwardedSignals) process.on(signal, listener);
  try {
    // No signal is heard before this turn of the event loop is over, and the command has been started.
    const surroundings = prepare();
    const { child, end } = start(words, surroundings);
    const witness = callWitness(surroundings.env);
    pass = async (signal) => {
      if (!(await witness.hasGotIt())) child?.kill(signal);
    };
    return await end.finally(witness.dismiss);
  } finally {
    clear();
    for (const signal of forwardedSignals) process.off(signal, listener);
  }
}

function start([command = "", ...args]: readonly string[], { env, descriptors, err }: CommandSurroundings) {
  const fail = ({ code = "" }: NodeJS.ErrnoException): CommandEnd => {
    err(`keyvend: ${printable(command)}: ${reasons[code] ?? `cannot be run (${code})`}.\n`);
    return { status: code === "ENOENT" ? 127 : 126 };
  };
  try {
    const child = spawn(command, args, { env, stdio: stdioOf(descriptors) });
    const end = new Promise<CommandEnd>((resolve) => {
      child.once("error", (error) => resolve(fail(error)));
      child.once("exit", (status, signal) => resolve(signal ? { signal } : { status: status ?? 1 }));
    });
    return { child, end };
  } catch (error) {
    // Some errors are thrown at once: arguments that are too long.
    return { child: undefined, end: Promise.resolve(fail(error as NodeJS.ErrnoException)) };
  }
}

const reasons: Record<string, string> = {
  ENOENT: "there is no such command, or what its first line names is not there",
  EACCES: "not a program that you may run",
};

function stdioOf(descriptors: readonly number[]): StdioOptions {
  const length = Math.max(2, ...descriptors) + 1;
  return Array.from({ length }, (_, number) =>
    number <= 2 || descriptors.includes(number) ? "inherit" : "ignore",
  );
}

/** These would write a core file of this process, and credentials are in its memory. */
const coreSignals: readonly NodeJS.Signals[] = [
  ...(["SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE"] as const),
  ...(["SIGSEGV", "SIGSYS", "SIGXCPU", "SIGXFSZ"] as const),
];

/**
 * Ends this process as its command ended. A shell ends its loop at Ctrl-C only if it sees that SIGINT ended the command.
 *
 * @returns the status to exit with where no signal ends this process: 128 and its number, as shells have it
 */
export function endAs(end: CommandEnd): number {
  if ("status" in end) return end.status;
  const { signal } = end;
  if (process.platform !== "win32" && !coreSignals.includes(signal)) process.kill(process.pid, signal);
  return 128 + constants.signals[signal];
}
