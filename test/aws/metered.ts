import type { Dimension, Metric } from "../../shared/aws/meter.ts";

/** The dimension of every metric; the type makes sure that none is missing. */
export const dimensionOf: Record<Metric, Dimension | undefined> = {
  Vends: "cache",
  StaleServed: undefined,
  Denials: "code",
  LockWaits: undefined,
  LockWaitTime: undefined,
  TakeOvers: undefined,
  StsCalls: "way",
  StsFailures: "way",
  StsLatency: "way",
  TamperedEntries: undefined,
  WarmRuns: undefined,
  WarmDue: undefined,
  WarmIssued: undefined,
  WarmDropped: undefined,
  WarmFailed: "code",
  WarmLeft: undefined,
};

export const metrics = Object.keys(dimensionOf) as Metric[];
