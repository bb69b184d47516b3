#!/usr/bin/env node
import { fstatSync, statSync, writeSync } from "node:fs";
import { devNull } from "node:os";
import { run } from "./run.ts";

/** Not `process.stdout`: it costs more than all the rest of an answer from the cache. */
function write(descriptor: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // A reader that has left wants no more; one that is slow gets the rest when it is ready.
      if (code === "EPIPE") return;
      if (code !== "EAGAIN") throw error;
    }
  }
}

/** Asks `process.stdout` only where it may be one. */
function isTerminal(): boolean {
  const out = fstatSync(1);
  return out.isCharacterDevice() && out.rdev !== statSync(devNull).rdev && process.stdout.isTTY === true;
}

const world = {
  env: process.env,
  out: (text: string) => write(1, text),
  err: (text: string) => write(2, text),
  isTerminal,
};

run(process.argv.slice(2), world).then((status) => {
  process.exitCode = status;
});
