import { join } from "node:path";
import type { ClientPlace, Working } from "../client.ts";
import { startLineProgram } from "../line-program.ts";
import { madeOnce, runTool } from "../toolchain.ts";

const install = "Run as root (Debian): apt-get update && apt-get install -y python3 python3-venv";

/**
 * A Python environment with exactly these packages.
 *
 * @param only the package that is needed, if not all are: the others that it needs are installed with it
 * @returns the folder of its commands
 */
export async function pythonEnvironment(name: string, requirements: string, only?: string): Promise<string> {
  const which = only === undefined ? ["--no-deps", "-r", requirements] : ["-c", requirements, only];
  const make = async (made: string) => {
    await runTool(["python3", "-m", "venv", made], { install });
    const pip = join(made, "bin", "pip");
    await runTool([pip, "install", "--quiet", "--disable-pip-version-check", ...which], { install });
  };
  return join(await madeOnce(name, [requirements], make, only), "bin");
}

/** A program of this folder. Its environment is the one that its clients share, unless it has another. */
export async function startPython(
  program: string,
  place: ClientPlace,
  env: Record<string, string>,
  { bin = sharedEnvironment(), words = [] }: { bin?: Promise<string>; words?: readonly string[] } = {},
): Promise<Working> {
  const python = join(await bin, "python");
  return startLineProgram([python, join(import.meta.dirname, program), place.bucket, ...words], env);
}

const requirements = join(import.meta.dirname, "requirements.txt");

/** @returns the folder of its commands */
export const sharedEnvironment = () => pythonEnvironment("python", requirements);

/** boto3 of the same version, in a small environment of its own, which is there within seconds. */
export const boto3Environment = () => pythonEnvironment("boto3", requirements, "boto3");

/** The AWS CLI of the same version, in a small environment of its own. */
export const awsCliEnvironment = () => pythonEnvironment("aws-cli", requirements, "awscli");
