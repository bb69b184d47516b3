import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

/** This folder is not a temporary one, so that the next run starts in seconds. */
export const builtFolder = resolve(import.meta.dirname, "../../../.clients");

/**
 * Runs a tool to its end. If the tool is missing, throws with what to install. If it fails, throws with the end of its
 * output.
 *
 * @returns what it writes to its standard output
 */
export async function runTool(
  [command, ...args]: readonly [string, ...string[]],
  { install, cwd, env }: { install: string; cwd?: string; env?: Record<string, string> },
): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, args, {
      cwd,
      env: { ...process.env, ...env },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } catch (cause) {
    const { code, stdout = "", stderr = "" } = cause as { code?: unknown; stdout?: string; stderr?: string };
    if (code === "ENOENT") throw new Error(`${command} is not installed. ${install}`, { cause });
    const line = [command, ...args].join(" ");
    throw new Error(`Failed: ${line}\n${(stdout + stderr).slice(-3000)}\nIs it there? ${install}`, { cause });
  }
}

/**
 * A folder that is made once for the content of these files. A folder that was left unfinished is made again.
 *
 * @param besides what decides its content beside the files
 * @returns its path
 */
export async function madeOnce(
  name: string,
  files: readonly string[],
  make: (folder: string) => Promise<unknown>,
  besides = "",
): Promise<string> {
  const hash = createHash("sha256").update(besides);
  for (const file of files) hash.update(readFileSync(file));
  const folder = join(builtFolder, `${name}-${hash.digest("hex").slice(0, 12)}`);
  const complete = join(folder, "complete");
  if (existsSync(complete)) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await make(folder);
  writeFileSync(complete, "");
  return folder;
}
