/**
 * One process of the fleet with a number of callers. Each has its own instance of the bundled handler, because each has
 * its own copy of the bundle.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Handler } from "aws-lambda";
import type { ApiGatewayEvent, ApiGatewayResult } from "../../functions/vend.ts";
import type { CredentialsAnswer, Problem } from "../../shared/contract.ts";
import type { AuditRecord } from "../../shared/vending/ports.ts";
import { lambdaContext } from "../functions/context.ts";
import { withId } from "../functions/http-event.ts";
import { createJobWorker, type Job, type JobAnswer } from "./job.ts";
import { answerCoordinator } from "./own-process.ts";

/** The answer to one caller, its time, and the audit trail's words for it. */
export interface BurstAnswer {
  status: number;
  /** From the moment at which the caller was to arrive, so it includes the wait for the processor. */
  tookMs: number;
  accessKeyId: string | undefined;
  code: string | undefined;
  retryAfterSeconds: number | undefined;
  audit: AuditRecord | undefined;
}

/** When the callers of one process arrive: at even distances. */
interface Arrival {
  /** Epoch milliseconds. */
  from: number;
  overMs: number;
  /** The shift of the first caller as a part of the distance, 0 to 1, so that no two processes are in step. */
  shift: number;
}

/** The answers to the callers of one process, and the processor time that it used. */
interface Fired<Answer = BurstAnswer> {
  answers: Answer[];
  cpuMs: number;
}

/** Epoch milliseconds, with fractions. */
const now = () => performance.timeOrigin + performance.now();

export type Instance = Handler<ApiGatewayEvent, ApiGatewayResult>;

const instances: Instance[] = [];
let trail = new Map<string, AuditRecord>();
process.stdout.write = (line) => {
  const { audit }: { audit?: AuditRecord } = JSON.parse(String(line));
  if (audit !== undefined) trail.set(audit.requestId, audit);
  return true;
};

async function answer(instance: Instance, event: ApiGatewayEvent, requestId: string): Promise<BurstAnswer> {
  const begun = performance.now();
  const answering = instance(withId(event, requestId), lambdaContext(requestId), () => {});
  const { statusCode = 0, headers = {}, body = "{}" } = (await answering) ?? {};
  const { AccessKeyId, code } = JSON.parse(body) as Partial<CredentialsAnswer & Problem>;
  const retryAfter = headers["Retry-After"];
  return {
    status: statusCode,
    tookMs: performance.now() - begun,
    accessKeyId: AccessKeyId,
    code,
    retryAfterSeconds: retryAfter === undefined ? undefined : Number(retryAfter),
    audit: trail.get(requestId),
  };
}

async function measured<Answer>(answering: () => Promise<Answer[]>): Promise<Fired<Answer>> {
  trail = new Map();
  const cpu = process.cpuUsage();
  const answers = await answering();
  const { user, system } = process.cpuUsage(cpu);
  return { answers, cpuMs: (user + system) / 1_000 };
}

const operations = {
  /** Starts one instance for each copy of the bundle. */
  async start(bundles: string[], libraries: string[]): Promise<void> {
    for (const library of libraries) await import(library);
    for (const bundle of bundles) instances.push((await import(bundle)).handler);
  },

  /** Lets the first so many of the instances answer, one after the other. */
  async answer(event: ApiGatewayEvent, callers: number): Promise<BurstAnswer[]> {
    const answers: BurstAnswer[] = [];
    for (const instance of instances.slice(0, callers)) answers.push(await answer(instance, event, ""));
    return answers;
  },

  /** Lets the first so many of the instances answer, each at its moment. */
  fire: (event: ApiGatewayEvent, callers: number, arrival: Arrival): Promise<Fired> =>
    measured(() =>
      Promise.all(
        instances.slice(0, callers).map(async (instance, n) => {
          const arrivesAt = arrival.from + (arrival.overMs * (n + arrival.shift)) / callers;
          await sleep(Math.max(0, arrivesAt - now()));
          const outcome = await answer(instance, event, String(n));
          return { ...outcome, tookMs: now() - arrivesAt };
        }),
      ),
    ),

  /** Lets some of a job's workers do their part. They share as many instances, and each request goes to one that is free. */
  work: (job: Job, workers: number[]): Promise<Fired<JobAnswer>> =>
    measured(async () => {
      const free = instances.slice(0, workers.length);
      const auditOf = (requestId: string) => trail.get(requestId);
      return (
        await Promise.all(workers.map((worker) => createJobWorker(job, worker, free, auditOf)()))
      ).flat();
    }),
};

export type WorkerOperations = typeof operations;
answerCoordinator(operations);
