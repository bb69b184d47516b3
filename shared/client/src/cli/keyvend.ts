#!/usr/bin/env node
import { fstatSync, writeSync } from "node:fs";
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

const world = {
  env: process.env,
  out: (text: string) => write(1, text),
  err: (text: string) => write(2, text),
  isTerminal: () => fstatSync(1).isCharacterDevice() && process.stdout.isTTY === true,
};

run(process.argv.slice(2), world).then((status) => {
  process.exitCode = status;
});
