/**
 * One process of the fleet: so many callers, each with an instance of the bundled handler of its own, since each has its
 * own copy of the bundle.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Handler } from "aws-lambda";
import type { ApiGatewayEvent, ApiGatewayResult } from "../../functions/vend.ts";
import type { CredentialsAnswer, Problem } from "../../shared/contract.ts";
import type { AuditRecord } from "../../shared/vending/ports.ts";
import { answerCoordinator } from "./own-process.ts";

/** What one caller was told, when, and what the audit trail says of it. */
export interface Answered {
  status: number;
  /** Since the moment at which it was to arrive: what callers wait for the processor is in it. */
  tookMs: number;
  accessKeyId: string | undefined;
  code: string | undefined;
  retryAfterSeconds: number | undefined;
  audit: AuditRecord | undefined;
}

/** When the callers of one process arrive: at even distances. */
export interface Arrival {
  /** Epoch milliseconds. */
  from: number;
  overMs: number;
  /** 0 to 1, of a distance, so that no two processes are in step. */
  shift: number;
}

/** What came of the callers of one process, and what it took of the processor. */
interface Fired {
  answers: Answered[];
  cpuMs: number;
}

/** Epoch milliseconds, with fractions. */
const now = () => performance.timeOrigin + performance.now();

type Instance = Handler<ApiGatewayEvent, ApiGatewayResult>;

const instances: Instance[] = [];
let trail = new Map<string, AuditRecord>();
process.stdout.write = (line) => {
  const { audit }: { audit?: AuditRecord } = JSON.parse(String(line));
  if (audit !== undefined) trail.set(audit.requestId, audit);
  return true;
};

async function answer(instance: Instance, event: ApiGatewayEvent, requestId: string): Promise<Answered> {
  const begun = performance.now();
  const answering = instance(event, { awsRequestId: requestId } as never, () => {});
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

const operations = {
  /** Starts one instance for each copy of the bundle. */
  async start(bundles: string[], libraries: string[]): Promise<void> {
    for (const library of libraries) await import(library);
    for (const bundle of bundles) instances.push((await import(bundle)).handler);
  },

  /** Lets the first so many of the instances answer, one after the other. */
  async answer(event: ApiGatewayEvent, callers: number): Promise<Answered[]> {
    const answers: Answered[] = [];
    for (const instance of instances.slice(0, callers)) answers.push(await answer(instance, event, ""));
    return answers;
  },

  /** Lets the first so many of the instances answer, each at its moment. */
  async fire(event: ApiGatewayEvent, callers: number, arrival: Arrival): Promise<Fired> {
    trail = new Map();
    const cpu = process.cpuUsage();
    const answering = instances.slice(0, callers).map(async (instance, n) => {
      const arrivesAt = arrival.from + (arrival.overMs * (n + arrival.shift)) / callers;
      await sleep(Math.max(0, arrivesAt - now()));
      const answered = await answer(instance, event, String(n));
      return { ...answered, tookMs: now() - arrivesAt };
    });
    const answers = await Promise.all(answering);
    const { user, system } = process.cpuUsage(cpu);
    return { answers, cpuMs: (user + system) / 1_000 };
  },
};

export type WorkerOperations = typeof operations;
answerCoordinator(operations);
