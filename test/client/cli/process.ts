import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { Result } from "./keyvend.ts";

export interface Running {
  process: ChildProcess;
  result: Promise<Result & { signal: NodeJS.Signals | null }>;
}

/** Starts a file as a process of its own, with nothing in its environment but `env`. */
export function start(file: string, args: readonly string[], env: Record<string, string>): Running {
  const child = spawn(process.execPath, [file, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close");
  const result = Promise.all([text(child.stdout), text(child.stderr), ended]).then(
    ([out, err, [status, signal]]) => ({ status, signal, out, err }),
  );
  return { process: child, result };
}
