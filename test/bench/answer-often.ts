/**
 * A warm handler: answers so often in one process, and says what an answer costs in processor time. It becomes a file of
 * JavaScript before it runs.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { answerCoordinator } from "../stampede/own-process.ts";

const [mostAttempts, retryMs] = [5, 2_000];

type Handler = (event: object, context: object) => Promise<{ statusCode: number; body: string }>;

let handler: Handler;
const context = {
  awsRequestId: "8a0b6a31-6b5b-4f0e-a3c1-3a1d6f9d2f77",
  getRemainingTimeInMillis: () => 10_000,
};
/** Lambda reads them; here each is written and thrown away. */
process.stdout.write = () => true;

/** A busy machine may let a deadline of the handler pass. Its caller comes back, as callers do. */
async function answered(event: object): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { statusCode, body } = await handler(event, context);
    if (statusCode === 200) return;
    if (statusCode !== 503 || attempt === mostAttempts) throw new Error(body);
    await sleep(retryMs);
  }
}

const operations = {
  async load(bundle: string): Promise<void> {
    ({ handler } = await import(bundle));
  },

  /** Takes the events in turn, `times` in all. Processor time in microseconds for each answer. */
  async answer(events: object[], times: number): Promise<{ cpuUs: number }> {
    const before = process.cpuUsage();
    for (let n = 0; n < times; n++) await answered(events[n % events.length] as object);
    const { user, system } = process.cpuUsage(before);
    return { cpuUs: (user + system) / times };
  },

  /** What is reachable, in megabytes; for a process with `--expose-gc`. */
  heapMB(): number {
    global.gc?.();
    return process.memoryUsage().heapUsed / 1e6;
  },
};

export type AnswerOperations = typeof operations;
answerCoordinator(operations);
