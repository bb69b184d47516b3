import type { Dimension, Metric } from "../../shared/aws/meter.ts";
import type { AbsorbedPart } from "../../shared/vending/ports.ts";

/** The dimension of every metric; the type makes sure that none is missing. */
export const dimensionOf: Record<Metric, Dimension | undefined> = {
  Vends: "cache",
  StaleServed: undefined,
  Denials: "code",
  LockWaits: undefined,
  LockWaitTime: undefined,
  TakeOvers: undefined,
  NotKept: undefined,
  StsCalls: "way",
  StsFailures: "way",
  StsLatency: "way",
  DeadlinesPassed: "way",
  TamperedEntries: undefined,
  AbsorbedFaults: "part",
  PreviousKeyUsed: undefined,
  WarmRuns: undefined,
  WarmDue: undefined,
  WarmIssued: undefined,
  WarmDropped: undefined,
  WarmFailed: "code",
  WarmLeft: undefined,
  KeyAgeDays: undefined,
  KeysOverdue: undefined,
  UnknownKeys: undefined,
};

export const metrics = Object.keys(dimensionOf) as Metric[];

const eachPart: Record<AbsorbedPart, true> = {
  table: true,
  seal: true,
  secret: true,
  warmer: true,
  "issuer-keys": true,
  "client-keys": true,
  revocations: true,
};

/** The parts whose failures are absorbed. */
export const absorbedParts = Object.keys(eachPart) as AbsorbedPart[];
