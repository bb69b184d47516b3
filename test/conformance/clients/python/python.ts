import { join } from "node:path";
import type { ClientPlace, Working } from "../client.ts";
import { startLineProgram } from "../line-program.ts";
import { madeOnce, runTool } from "../toolchain.ts";

const install = "Run as root (Debian): apt-get update && apt-get install -y python3 python3-venv";

/**
 * A Python environment with exactly these packages.
 *
 * @returns the folder of its commands
 */
export async function pythonEnvironment(name: string, requirements: string): Promise<string> {
  const folder = await madeOnce(name, [requirements], async (made) => {
    await runTool(["python3", "-m", "venv", made], { install });
    await runTool(
      [
        join(made, "bin", "pip"),
        ...["install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r", requirements],
      ],
      { install },
    );
  });
  return join(folder, "bin");
}

/** A program of this folder, in the environment that its clients share. */
export async function startPython(
  program: string,
  { bucket }: ClientPlace,
  env: Record<string, string>,
): Promise<Working> {
  const bin = await sharedEnvironment();
  return startLineProgram([join(bin, "python"), join(import.meta.dirname, program), bucket], env);
}

/** @returns the folder of its commands */
export const sharedEnvironment = () =>
  pythonEnvironment("python", join(import.meta.dirname, "requirements.txt"));
