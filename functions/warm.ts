import middy from "@middy/core";
import type { Context } from "aws-lambda";
import type { WarmReport } from "../shared/vending/warm/warm-report.ts";
import { createRuntime } from "./runtime.ts";
import { readWarmEvent } from "./warm-event.ts";
import { createWarming, warmReserveMs, warmTimeouts } from "./warming.ts";

const warmWithin = await createWarming(createRuntime(warmTimeouts));

/** Warms the cache on schedule, or a single entry for a caller that met it when it was due. */
export const handler = middy<unknown, WarmReport>().handler(warmOnEvent);

/**
 * A run lasts until shortly before the schedule starts the next one, which begins with the oldest entries that this one leaves.
 */
async function warmOnEvent(event: unknown, context: Context): Promise<WarmReport> {
  const { awsRequestId: requestId } = context;
  const timeMs = context.getRemainingTimeInMillis() - warmReserveMs;
  return warmWithin({ ...readWarmEvent(event), timeMs, requestId });
}
