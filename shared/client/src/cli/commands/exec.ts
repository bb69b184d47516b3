import { spawn } from "node:child_process";
import { constants } from "node:os";
import { childEnvironment, configFile } from "../child-environment.ts";
import type { RunCommand } from "../command.ts";
import { startContainerEndpoint } from "../container-endpoint.ts";
import { freshCredentials } from "../fresh-credentials.ts";
import { plain } from "../plain.ts";
import { privateFolder } from "../private-folder.ts";
import { settingsOf } from "../settings.ts";

const passedOn = ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGINT", "SIGQUIT"] as const;
/** A terminal sends these to the command as well: passed on, they would arrive twice. */
const fromTerminal: readonly string[] = ["SIGINT", "SIGQUIT"];

/** `keyvend exec -- CMD`. The command is not started unless there are credentials. */
export const run: RunCommand = async (given, world) => {
  const vended = freshCredentials(settingsOf(given), world);
  const first = await vended();
  const endpoint = await startContainerEndpoint(vended, 0);
  const folder = privateFolder();
  try {
    const env = childEnvironment(world.env, first, endpoint, folder.write("config", configFile(first)));
    const [command = "", ...args] = given.rest;
    return await statusOf(command, args, env, world.err);
  } finally {
    endpoint.close();
    folder.remove();
  }
};

/** As shells have it: 127 not found, 126 not to be run, 128 and the signal's number when one ended it. */
function statusOf(
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  err: (text: string) => void,
): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env, stdio: "inherit" });
    const handlers = passedOn.map((signal) => {
      const handler = () => {
        if (!(fromTerminal.includes(signal) && process.stdin.isTTY)) child.kill(signal);
      };
      process.on(signal, handler);
      return () => process.off(signal, handler);
    });
    const end = (status: number) => {
      for (const remove of handlers) remove();
      resolve(status);
    };
    child.once("error", ({ code }: NodeJS.ErrnoException) => {
      err(`keyvend: ${plain(command)} cannot be run (${code}).\n`);
      end(code === "ENOENT" ? 127 : 126);
    });
    child.once("exit", (status, signal) => end(status ?? 128 + constants.signals[signal ?? "SIGTERM"]));
  });
}
