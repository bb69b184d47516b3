/**
 * One process of the fleet: so many callers, each with an instance of the bundled handler of its own, since each has its
 * own copy of the bundle. All of them fire at the same moment.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Handler } from "aws-lambda";
import type { HttpAnswer, HttpEvent } from "../../functions/http.ts";
import type { CredentialsAnswer, Problem } from "../../shared/contract.ts";
import type { AuditRecord } from "../../shared/vending/ports.ts";
import { answerCoordinator } from "./own-process.ts";

/** What one caller was told, when, and what the audit trail says of it. */
export interface Answered {
  status: number;
  /** Since all callers of the process fired: what they wait for each other's CPU time is in it. */
  tookMs: number;
  accessKeyId: string | undefined;
  code: string | undefined;
  retryAfterSeconds: number | undefined;
  audit: AuditRecord | undefined;
}

type Instance = Handler<Partial<HttpEvent>, HttpAnswer>;

const instances: Instance[] = [];
let trail = new Map<string, AuditRecord>();
console.info = (entry: { audit?: AuditRecord }) => {
  if (entry.audit !== undefined) trail.set(entry.audit.requestId, entry.audit);
};

async function call(handler: Instance, event: Partial<HttpEvent>, requestId: string, begun: number) {
  const answer = handler(event, { awsRequestId: requestId } as never, () => {});
  const { statusCode = 0, headers = {}, body = "{}" } = (await answer) ?? {};
  const tookMs = performance.now() - begun;
  const { AccessKeyId, code } = JSON.parse(body) as Partial<CredentialsAnswer & Problem>;
  const retryAfter = headers["Retry-After"];
  return { status: statusCode, tookMs, accessKeyId: AccessKeyId, code, retryAfter };
}

const operations = {
  /** Starts one instance for each copy of the bundle. */
  async start(bundles: string[]): Promise<void> {
    for (const bundle of bundles) instances.push((await import(bundle)).handler);
  },

  /** Lets the first so many of the instances answer an event, all of them at this moment (epoch milliseconds). */
  async fire(event: Partial<HttpEvent>, at: number, callers: number): Promise<Answered[]> {
    trail = new Map();
    await sleep(Math.max(0, at - Date.now()));
    const begun = performance.now();
    const calls = instances.slice(0, callers).map(async (instance, n): Promise<Answered> => {
      const { retryAfter, ...answer } = await call(instance, event, String(n), begun);
      const retryAfterSeconds = retryAfter === undefined ? undefined : Number(retryAfter);
      return { ...answer, retryAfterSeconds, audit: trail.get(String(n)) };
    });
    return Promise.all(calls);
  },
};

export type WorkerOperations = typeof operations;
answerCoordinator(operations);
