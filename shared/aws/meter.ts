import { escapedJson } from "../core/escaped-json.ts";

/** All that is metered. What ends in `Latency` or `Time` is in milliseconds, all else counts. */
export type Metric =
  | "Vends"
  | "StaleServed"
  | "Denials"
  | "LockWaits"
  | "LockWaitTime"
  | "TakeOvers"
  | "StsCalls"
  | "StsFailures"
  | "StsLatency"
  | "TamperedEntries"
  | "WarmRuns"
  | "WarmDue"
  | "WarmIssued"
  | "WarmDropped"
  | "WarmFailed"
  | "WarmLeft";

/** What tells apart: cache tiers, error codes, ways to issue. Sets that are small and closed, because each value costs. */
export type Dimension = "cache" | "code" | "way";

/**
 * Writes one line of the log, of which CloudWatch makes metrics: each over all, and once more by each dimension.
 * `told` is for the log alone.
 *
 * @example meter({ way: "assume-role" }, { StsCalls: 1, StsLatency: 42 })
 */
export type Meter = (
  dimensions: { readonly [By in Dimension]?: string | undefined },
  values: Readonly<Partial<Record<Metric, number>>>,
  told?: object,
) => void;

/**
 * Meters in CloudWatch's embedded metric format, which needs no agent and no call: `_aws` at the root of a line names
 * the root's members that are metrics and dimensions. Dimensions are never combined: there are 60 metrics at most.
 *
 * @param stack the deployment's name, so that those of one account do not mix
 * @param write takes a line, with its end, as it is
 * @example const meter = createMeter("keyvend-prod", Date.now, (line) => process.stdout.write(line))
 */
export function createMeter(stack: string, now: () => number, write: (line: string) => void): Meter {
  return (dimensions, values, told) => {
    const names = Object.keys(values);
    const directive = {
      Namespace: "keyvend",
      Dimensions: [["stack"], ...Object.keys(dimensions).map((name) => ["stack", name])],
      Metrics: names.map((Name) => ({
        Name,
        Unit: /Latency|Time/.test(Name) ? "Milliseconds" : "Count",
      })),
    };
    const metered = names[0] && { _aws: { Timestamp: now(), CloudWatchMetrics: [directive] } };
    write(`${escapedJson({ ...metered, stack, ...dimensions, ...values, ...told })}\n`);
  };
}
