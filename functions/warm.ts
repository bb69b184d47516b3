import middy from "@middy/core";
import type { Context } from "aws-lambda";
import * as z from "zod/mini";
import { createClaimTable } from "../shared/aws/claim-table.ts";
import { createDueTable } from "../shared/aws/due-table.ts";
import { logEntry } from "../shared/aws/log-entry.ts";
import { greatestDurationSeconds } from "../shared/core/duration.ts";
import { createIssueOnce } from "../shared/vending/issue-once.ts";
import { createWarm, type WarmReport } from "../shared/vending/warm.ts";
import { createRuntime } from "./runtime.ts";

/** What is left of the function's time when it stops, so that it ends by itself and reports. */
const reserveMs = 10_000;

/**
 * Besides the schedule's own event, which names nothing of ours, an operator may warm ahead, for example before
 * maintenance of STS: what becomes due within that many seconds is issued now.
 */
const warmEvent = z.object({
  aheadSeconds: z._default(z.int().check(z.gte(0), z.lte(greatestDurationSeconds)), 0),
});

/** Nobody waits for the warmer. */
const callTimeoutMs = 5_000;

const runtime = createRuntime({ callTimeoutMs });
const { clock, dynamodb, tableName } = runtime;
const { renew } = createIssueOnce({ ...runtime, claims: createClaimTable(dynamodb, tableName) });
const table = { ...runtime.table, ...createDueTable(dynamodb, tableName) };
const warm = createWarm({ ...runtime, table, renew });

/** Warms the cache, and reports what became of each due entry. */
export const handler = middy<unknown, WarmReport>().handler(async (event, context: Context) => {
  const report = await warm({
    horizon: clock.now() + aheadSecondsOf(event) * 1_000,
    until: clock.now() + context.getRemainingTimeInMillis() - reserveMs,
    requestId: context.awsRequestId,
  });
  // biome-ignore lint/suspicious/noConsole: this is the function's log
  console.info(logEntry({ warm: report }));
  return report;
});

function aheadSecondsOf(event: unknown): number {
  const { data } = warmEvent.safeParse(event);
  if (data === undefined) {
    throw new Error(`aheadSeconds must be whole seconds from 0 to ${greatestDurationSeconds}.`);
  }
  return data.aheadSeconds;
}
