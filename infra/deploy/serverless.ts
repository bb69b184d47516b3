import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const require = createRequire(import.meta.url);

/** Serverless's own account of its commands and their options, by which it judges what it is given. */
const commands: ReadonlyMap<
  string,
  { options: Record<string, { shortcut?: string }> }
> = require("serverless/lib/cli/commands-schema/aws-service.js");

/**
 * The options that a command of Serverless takes, as they are written: `--force`, `-p`.
 *
 * @returns undefined for what is no command.
 * @example optionsOf("deploy function")?.includes("-f") // true
 */
export function optionsOf(command: string): string[] | undefined {
  const options = commands.get(command)?.options;
  return (
    options &&
    Object.entries(options).flatMap(([name, { shortcut }]) => [
      `--${name}`,
      ...(shortcut === undefined ? [] : [`-${shortcut}`]),
    ])
  );
}

/**
 * Runs Serverless in the project, on this terminal and without a shell between, until it ends.
 *
 * @returns its exit status; for a signal that ended it, what a shell would say.
 */
export async function runServerless(args: readonly string[]): Promise<number> {
  const program = require.resolve("serverless/bin/serverless.js");
  const child = spawn(process.execPath, [program, ...args], { cwd: root, stdio: "inherit" });
  // The child decides how it ends: a deployment that is cut off has to say so. Of Ctrl-C a terminal tells it by itself.
  process.on("SIGINT", () => undefined);
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  return new Promise((end, fail) => {
    child.once("error", fail);
    child.once("exit", (status, signal) =>
      end(status ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
}
