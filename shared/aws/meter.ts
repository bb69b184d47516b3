import { escapedJson } from "../formats/escaped-json.ts";

/** Everything that is metered. Names that end in `Latency` or `Time` are in milliseconds, those in `Days` in days, all others are counts. */
export type Metric =
  | "Vends"
  | "StaleServed"
  | "Denials"
  | "LockWaits"
  | "LockWaitTime"
  | "TakeOvers"
  | "NotKept"
  | "StsCalls"
  | "StsFailures"
  | "StsLatency"
  | "DeadlinesPassed"
  | "TamperedEntries"
  | "AbsorbedFaults"
  | "PreviousKeyUsed"
  | "WarmRuns"
  | "WarmDue"
  | "WarmIssued"
  | "WarmDropped"
  | "WarmFailed"
  | "WarmLeft"
  | "KeyAgeDays"
  | "KeysOverdue"
  | "UnknownKeys";

/**
 * Cache tiers, error codes, ways to issue, parts that failed. These sets are small and closed, because each value costs money.
 */
export type Dimension = "cache" | "code" | "way" | "part";

/**
 * Writes one line of the log. CloudWatch makes metrics of it: each metric in total, and once more by each dimension.
 * `extra` is for the log only.
 *
 * @example meter({ way: "assume-role" }, { StsCalls: 1, StsLatency: 42 })
 */
export type Meter = (
  dimensions: { readonly [By in Dimension]?: string | undefined },
  values: Readonly<Partial<Record<Metric, number>>>,
  extra?: object,
) => void;

/**
 * Meters in CloudWatch's embedded metric format, which needs no agent and no call: `_aws` at the root of a line names the
 * members of the root that are metrics and dimensions. Dimensions are never combined: there are 80 metrics at most.
 *
 * @param stack the deployment's name, so that two deployments in one account do not mix
 * @param write writes a line, which has its line break already
 * @example const meter = createMeter("keyvend-prod", Date.now, (line) => process.stdout.write(line))
 */
export function createMeter(stack: string, now: () => number, write: (line: string) => void): Meter {
  return function meter(dimensions, values, extra) {
    const names = Object.keys(values);
    const directive = {
      Namespace: "keyvend",
      Dimensions: [["stack"], ...Object.keys(dimensions).map((name) => ["stack", name])],
      Metrics: names.map((Name) => ({
        Name,
        Unit: /Latency|Time/.test(Name) ? "Milliseconds" : "Count",
      })),
    };
    const metrics = names[0] && { _aws: { Timestamp: now(), CloudWatchMetrics: [directive] } };
    write(`${escapedJson({ ...metrics, stack, ...dimensions, ...values, ...extra })}\n`);
  };
}
