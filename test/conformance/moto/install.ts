import { execFile } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { pythonEnvironment } from "../clients/python/python.ts";

const version = "5.2.5";
const debianLine = "apt-get update && apt-get install -y --no-install-recommends python3 python3-venv";

/** This folder is not a temporary one, so that the next run starts in seconds. Each version has a folder of its own. */
const folder = resolve(import.meta.dirname, "../../../.moto", version);
const complete = join(folder, "complete");
/** The output of `pip freeze` in a working installation, so that a change of a dependency cannot break the tests. */
const constraints = join(import.meta.dirname, "constraints.txt");

const run = promisify(execFile);

/**
 * Makes sure that moto is installed, in a Python environment of its own. Throws if it cannot, and names the command to
 * run.
 *
 * @returns the command that serves it
 */
export async function ensureMoto(): Promise<string> {
  if (!existsSync(complete)) await install();
  return join(folder, "bin", "moto_server");
}

/**
 * The same for cfn-lint, which moto brings along.
 *
 * @returns its command
 */
export async function ensureCfnLint(): Promise<string> {
  await ensureMoto();
  return join(folder, "bin", "cfn-lint");
}

/**
 * Makes sure that checkov is installed, in a Python environment of its own. Throws if it cannot, and names the command to run.
 *
 * @returns its command
 */
export async function ensureCheckov(): Promise<string> {
  const requirements = join(import.meta.dirname, "checkov-requirements.txt");
  return join(await pythonEnvironment("checkov", requirements), "checkov");
}

async function install(): Promise<void> {
  // An interrupted installation may have left broken files.
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
