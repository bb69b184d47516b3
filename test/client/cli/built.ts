import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { build } from "esbuild";
import type { Result } from "./keyvend.ts";

/** Bundles the CLI as the package does, and gives the file. */
export async function buildCli(folder: string): Promise<string> {
  const outfile = join(folder, "keyvend.cjs");
  const entry = resolve("shared/client/src/cli/keyvend.ts");
  await build({
    entryPoints: [entry],
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    minify: true,
    outfile,
  });
  return outfile;
}

export interface Running {
  process: ChildProcess;
  result: Promise<Result & { signal: NodeJS.Signals | null }>;
}

/** Starts it as a process of its own, with nothing in its environment but this. */
export function start(file: string, args: readonly string[], env: Record<string, string>): Running {
  const child = spawn(process.execPath, [file, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close");
  const result = Promise.all([text(child.stdout), text(child.stderr), ended]).then(
    ([out, err, [status, signal]]) => ({ status, signal, out, err }),
  );
  return { process: child, result };
}
