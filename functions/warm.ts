import middy from "@middy/core";
import type { Context } from "aws-lambda";
import { createClaimTable } from "../shared/aws/claim-table.ts";
import { createDueTable } from "../shared/aws/due-table.ts";
// Before the first claim, and not after: while it is loaded, slots pass unused.
import "../shared/aws/issue.ts";
import { createRateTable } from "../shared/aws/rate-table.ts";
import { createIssueOnce } from "../shared/vending/issue-once.ts";
import { createStsBudget } from "../shared/vending/warm/sts-budget.ts";
import { createWarm } from "../shared/vending/warm/warm.ts";
import type { WarmReport } from "../shared/vending/warm/warm-report.ts";
import { createRuntime } from "./runtime.ts";
import { readWarmEvent } from "./warm-event.ts";

/**
 * What is left of the function's time when it stops, so that it ends by itself and reports. What is let in last takes at
 * most 7.5 s: a call to claim, 0.5 s for another slot, an issue, and a call to keep.
 */
const reserveMs = 10_000;
/**
 * How long one entry waits for its slot. Each has an instance of its own, of which the account has a thousand: what asks
 * for more at once than STS allows is left to the schedule.
 */
const oneEntryMs = 1_000;

/** Nobody waits for the warmer. */
const callTimeoutMs = 2_000;
const issueTimeoutMs = 3_000;

const runtime = createRuntime({ callTimeoutMs, issueTimeoutMs });
const { clock, config, dynamodb, meter, tableName } = runtime;
const budget = createStsBudget({ table: createRateTable(dynamodb, tableName), ...config.warm, clock });
const claims = createClaimTable(dynamodb, tableName);
const { renew } = createIssueOnce({ ...runtime, claims, issue: budget.paced(runtime.issue) });
const table = { ...runtime.table, ...createDueTable(dynamodb, tableName) };
const warm = createWarm({ ...runtime, table, renew, budget });

/**
 * Warms the cache, and reports what became of each due entry. A run lasts until shortly before the schedule starts the
 * next, which takes up what this one leaves: the oldest first.
 */
export const handler = middy<unknown, WarmReport>().handler(async (event, context: Context) => {
  const { entry, aheadSeconds = 0 } = readWarmEvent(event);
  const now = clock.now();
  const timeMs = context.getRemainingTimeInMillis() - reserveMs;
  const { awsRequestId: requestId } = context;
  const report = await warm(
    entry === undefined
      ? { horizon: now + aheadSeconds * 1_000, until: now + timeMs, requestId }
      : { horizon: now, until: now + Math.min(timeMs, oneEntryMs), requestId, entry },
  );
  log(report, entry === undefined);
  return report;
});

function log(report: WarmReport, isRun: boolean): void {
  const { due, issued, dropped, failed, left } = report;
  // One entry is no run: callers ask for those also when the schedule has stopped.
  const metrics = {
    WarmRuns: Number(isRun),
    WarmDue: due,
    WarmIssued: issued,
    WarmDropped: dropped,
    WarmLeft: left,
  };
  meter({}, metrics, { warm: report });
  for (const [code, count] of Object.entries(failed)) meter({ code }, { WarmFailed: count });
}
