import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Emulation, startEmulation } from "../../infra/local/emulation.ts";
import { localPorts } from "../../infra/local/ports.ts";

const run = promisify(execFile);

/** A whole keyvend on ports of a test's own, and everything that its functions have logged. */
export async function startLogged(base: number): Promise<{ emulation: Emulation; log: string[] }> {
  const log: string[] = [];
  const emulation = await startEmulation(localPorts(base), (line) => log.push(line));
  return { emulation, log };
}

/** Runs an npm script against the emulation, and gives the script's output. Rejects if the script fails. */
export async function npmRun(script: string, base: number, ...args: string[]): Promise<string> {
  const { stdout } = await run("npm", ["run", "--silent", script, "--", "--port", String(base), ...args]);
  return stdout;
}
