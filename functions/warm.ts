import middy from "@middy/core";
import type { Context } from "aws-lambda";
// Before the first claim, and not after: while it is loaded, slots pass unused.
import "../shared/aws/issue.ts";
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
const { audit, clock, config, kept, meter, seal, tables } = runtime;
const { claims, dues, rates } = await tables.loadIssuing();
const budget = createStsBudget({ table: rates, ...config.warm, clock });
const { renew } = createIssueOnce({ kept, claims, seal, issue: budget.paced(runtime.issue), clock });
const table = { get: tables.entries.get, due: dues.due, drop: dues.drop };
const warm = createWarm({ config, table, seal, renew, budget, audit, clock });

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
