import { existsSync } from "node:fs";
import { runTool } from "./toolchain.ts";

/**
 * Sees to it that a command of Debian is there; installs its package where it is missing and this process may. Throws,
 * naming the line to run, where it cannot be had.
 *
 * @returns the command, by its full path: another of its name may be before it in the PATH
 */
export async function debianCommand(name: string, debianPackage: string): Promise<string> {
  const command = `/usr/bin/${name}`;
  if (existsSync(command)) return command;
  const line = `apt-get update && apt-get install -y --no-install-recommends ${debianPackage}`;
  const install = `Run as root (Debian): ${line}`;
  if (process.getuid?.() !== 0) throw new Error(`${command} is not installed. ${install}`);
  await runTool(["sh", "-c", line], { install, env: { DEBIAN_FRONTEND: "noninteractive" } });
  return command;
}
