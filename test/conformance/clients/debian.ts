import { existsSync } from "node:fs";
import { runTool } from "./toolchain.ts";

/**
 * Makes sure that a command of Debian is installed. It installs the package if it is missing and this process is allowed
 * to. Throws if it cannot, and names the command to run.
 *
 * @returns the full path of the command, because another of its name may come first in the PATH
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
