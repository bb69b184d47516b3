import type { Amounts } from "./prices.ts";

/** CloudWatch takes money for each metric that it got in a month. A test holds the metrics to this number. */
export const mostMetrics = 90;
/** Every two minutes, and half a second each where little is due. */
const warmRuns = 30 * 24 * 30;
const warmSeconds = 0.5;

/**
 * The amounts of a deployment in a month, without its callers.
 *
 * @param alarmMetrics the metrics that its alarms go by
 * @param storages those that have a secret of their own
 */
export function monthly(alarmMetrics: number, storages: number): Amounts {
  return {
    metricMonth: mostMetrics,
    alarmMetricMonth: alarmMetrics,
    dashboardMonth: 1,
    insightRuleMonth: 1,
    // Beside the sealing key and the master key of the client keys.
    secretMonth: 2 + storages,
    lambdaRequest: warmRuns,
    lambdaArmGbSecond: warmRuns * warmSeconds,
  };
}
