import { fstatSync, statSync, writeSync } from "node:fs";
import { devNull } from "node:os";
import { environment } from "../identity-sources/environment.ts";
import type { CommandIo } from "./command-line.ts";

/**
 * This process's environment and output. Not `process.stdout`: that costs more than the rest of an answer from the
 * cache.
 */
export const standardIo = (): CommandIo => ({
  env: environment(),
  out: (text) => writeAll(1, text),
  err: (text) => writeAll(2, text),
  isTerminal: () => isTerminal(1),
});

/** Writes a text to a file, a pipe or a terminal to the end, however slow its reader is. */
export function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // A reader that has left wants no more; a slow one gets the rest when it is ready.
      if (code === "EPIPE") return;
      if (code !== "EAGAIN") throw error;
    }
  }
}

/** Asks `process.stdout` only where it may be a terminal. */
export function isTerminal(descriptor: number): boolean {
  const out = fstatSync(descriptor);
  return out.isCharacterDevice() && out.rdev !== statSync(devNull).rdev && process.stdout.isTTY === true;
}
