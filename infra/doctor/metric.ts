import { PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { namesOf } from "../deploy/names.ts";
import type { Account } from "./account/account.ts";
import type { Finding } from "./finding.ts";

/** Each is a count. */
export const probeMetrics = ["Probes", "ProbeFailed"] as const;

/**
 * Counts a run in CloudWatch, beside the metrics of the functions: `Probes` is 1 for each run, and `ProbeFailed` is 1 for
 * one in which something failed. Warnings do not count: nobody has to get up for them.
 *
 * @throws what CloudWatch's client throws
 */
export async function countRun({ stage, deployed }: Account, findings: readonly Finding[]): Promise<void> {
  const hasFailed = findings.some(({ status }) => status === "failed");
  const Dimensions = [{ Name: "stack", Value: namesOf(stage).table }];
  const values: Record<(typeof probeMetrics)[number], number> = { Probes: 1, ProbeFailed: hasFailed ? 1 : 0 };
  await deployed?.cloudWatch.send(
    new PutMetricDataCommand({
      Namespace: "keyvend",
      MetricData: probeMetrics.map((MetricName) => ({
        ...{ MetricName, Dimensions, Value: values[MetricName], Unit: "Count" },
      })),
    }),
  );
}
