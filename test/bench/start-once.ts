/**
 * One cold start: loads of Node what Lambda's runtime client has loaded by then, imports a handler, lets it answer once, says
 * what that took, and ends. It becomes a file of JavaScript before it runs, since Node's own reading of TypeScript would be
 * measured too, and takes `fs` as it loads least.
 *
 * `start-once.mjs BUNDLE EVENT [wait]`: with `wait` it says when it has imported, and answers when it gets a byte.
 */
import type * as Fs from "node:fs";
import { runtimeModules } from "./runtime-modules.ts";

/** In milliseconds. */
interface Time {
  ms: number;
  cpuMs: number;
}

export interface StartAccount {
  import: Time;
  firstCall: Time;
  /** Processor time of the whole process. */
  cpuMs: number;
  rssMB: number;
}

const { readFileSync, readSync, writeSync } = process.getBuiltinModule("node:fs") as typeof Fs;
const [bundle = "", eventFile = "", mode] = process.argv.slice(2);
const event = JSON.parse(readFileSync(eventFile, "utf8"));
const context = { awsRequestId: "bench", getRemainingTimeInMillis: () => 10_000 };

function now(): Time {
  const { user, system } = process.cpuUsage();
  return { ms: performance.now(), cpuMs: (user + system) / 1_000 };
}

const between = (from: Time, to: Time): Time => ({ ms: to.ms - from.ms, cpuMs: to.cpuMs - from.cpuMs });

for (const name of runtimeModules) process.getBuiltinModule(`node:${name}`);
const begun = now();
const { handler } = await import(bundle);
const imported = now();
if (mode === "wait") {
  writeSync(3, "\n");
  readSync(0, Buffer.alloc(1));
}
const asked = now();
const { statusCode, body } = await handler(event, context);
const answered = now();
if (statusCode !== 200) throw new Error(body);

const account: StartAccount = {
  import: between(begun, imported),
  firstCall: between(asked, answered),
  cpuMs: answered.cpuMs,
  rssMB: process.memoryUsage.rss() / 1e6,
};
// Descriptor 1 has the handler's own lines.
writeSync(3, JSON.stringify(account));
process.exit();
