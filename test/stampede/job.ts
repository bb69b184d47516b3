import { setTimeout as sleep } from "node:timers/promises";
import { AssumeRoleCommand, STSServiceException } from "@aws-sdk/client-sts";
import { lakeBucket } from "../../infra/local/local-account.ts";
import type { AuditRecord } from "../../shared/vending/ports.ts";
import { policyOf } from "../core/caller-policies.ts";
import { lambdaContext } from "../functions/context.ts";
import { withId } from "../functions/http-event.ts";
import { stsClient } from "../functions/sts/sts-client.ts";
import type { BurstAnswer, Instance } from "./worker.ts";
import { roleArn } from "./world.ts";

/** Workers that assume a role for each table that they touch, with the policy that a catalog makes for it. */
export interface Job {
  /** The client key of the catalog. */
  key: { accessKeyId: string; secretAccessKey: string };
  workers: number;
  /** By all workers together. */
  calls: number;
  /** The folder of the tables, without a slash at its end. */
  folder: string;
  tables: number;
  /** When the first worker begins, in epoch milliseconds. */
  from: number;
  /** The time between two calls of one worker, unless the first takes longer. */
  stepMs: number;
}

/** The answer to one call, as the client sees it after its own retries. */
export interface JobAnswer extends BurstAnswer {
  /** The number of the table. */
  table: number;
  /** The time that the credentials have, from the moment at which they were asked for. */
  leftMs: number | undefined;
  /** Requests that the call took; more than one where the client tried again. */
  attempts: number;
}

/** What Polaris, Nessie and others ask for. */
const durationSeconds = 3_600;
/** The default of the AWS SDKs. */
const maxAttempts = 3;

/**
 * One worker of a job. Its client is Amazon's own, which signs each request and tries again as it does everywhere.
 *
 * @param free the instances that do nothing now. As on Lambda, a request goes to any of them, and has it for itself.
 * @returns a function that makes the worker's calls, one after the other
 * @example await createJobWorker(job, 7, free, auditOf)()
 */
export function createJobWorker(
  job: Job,
  worker: number,
  free: Instance[],
  auditOf: (requestId: string) => AuditRecord | undefined,
): () => Promise<JobAnswer[]> {
  let requests = 0;
  const lastRequest = () => `worker-${worker}-${requests}`;
  const client = stsClient(
    async (event) => {
      requests += 1;
      const instance = free.shift();
      if (instance === undefined) throw new Error("All instances are busy.");
      try {
        return (await instance(withId(event, lastRequest()), lambdaContext(lastRequest()), () => {})) ?? {};
      } finally {
        free.push(instance);
      }
    },
    { credentials: job.key, maxAttempts },
  );

  async function assumeRole(table: number): Promise<JobAnswer> {
    const [begun, sentAt] = [performance.now(), Date.now()];
    const command = new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: `worker-${worker}-${begun}`,
      DurationSeconds: durationSeconds,
      Policy: policyFor(`${job.folder}/t${table}`),
    });
    // A fault that is not an answer is one of the stampede itself.
    const answer = await client.send(command).catch((error: unknown) => {
      if (error instanceof STSServiceException) return error;
      throw error;
    });
    const { httpStatusCode: status = 0, attempts = 0 } = answer.$metadata;
    const given = answer instanceof Error ? undefined : answer.Credentials;
    return {
      table,
      status,
      attempts,
      tookMs: performance.now() - begun,
      accessKeyId: given?.AccessKeyId,
      leftMs: given?.Expiration && given.Expiration.getTime() - sentAt,
      code: answer instanceof Error ? answer.name : undefined,
      retryAfterSeconds: undefined,
      audit: auditOf(lastRequest()),
    };
  }

  return async function work() {
    const answers: JobAnswer[] = [];
    const calls = Math.floor((job.calls + worker) / job.workers);
    for (let step = 0; step < calls; step++) {
      const due = job.from + (step + worker / job.workers) * job.stepMs;
      await sleep(Math.max(0, due - Date.now()));
      // Each goes through the tables in an order of its own, and through all of them if it has the time: both are primes.
      answers.push(await assumeRole((worker * 11 + step * 7) % job.tables));
    }
    return answers;
  };
}

/** As Polaris writes it, but for the order, which its sets may change at each request. */
function policyFor(table: string): string {
  return JSON.stringify(
    inAnyOrder(JSON.parse(policyOf("Polaris", { bucket: lakeBucket, table, isReader: false }))),
  );
}

function inAnyOrder(value: unknown): unknown {
  if (Array.isArray(value)) return shuffled(value.map(inAnyOrder));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    shuffled(Object.entries(value)).map(([name, member]) => [name, inAnyOrder(member)]),
  );
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
