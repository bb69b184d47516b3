import { execFile } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const version = "5.2.5";
const debianLine = "apt-get update && apt-get install -y --no-install-recommends python3 python3-venv";

/** Not a temporary folder: the next run starts in seconds. A version has its own, so that a change of it is clean. */
const folder = resolve(import.meta.dirname, "../../../.moto", version);
const complete = join(folder, "complete");
/** What `pip freeze` says of an installation that works: a dependency that changes cannot fail us. */
const constraints = join(import.meta.dirname, "constraints.txt");

const run = promisify(execFile);

/**
 * Sees to it that moto is there, in a Python environment of its own. Throws, naming the line to run, where it cannot be
 * had.
 *
 * @returns the command that serves it
 */
export async function ensureMoto(): Promise<string> {
  if (!existsSync(complete)) await install();
  return join(folder, "bin", "moto_server");
}

async function install(): Promise<void> {
  // What an interrupted installation left is not to be trusted.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  try {
    await run("python3", ["-m", "venv", folder]);
  } catch (cause) {
    throw new Error(`Python 3 with venv is not installed. Run as root (Debian): ${debianLine}`, { cause });
  }
  const pip = join(folder, "bin", "pip");
  const what = ["-c", constraints, `moto[server]==${version}`];
  const patience = ["--retries", "10", "--timeout", "60"];
  try {
    await run(pip, ["install", "--quiet", "--disable-pip-version-check", ...patience, ...what]);
  } catch (cause) {
    throw new Error(`moto could not be installed from PyPI. Run: ${pip} install ${what.join(" ")}`, {
      cause,
    });
  }
  writeFileSync(complete, "");
}
