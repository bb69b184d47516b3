import type { DurationCap } from "../contract.ts";

/** Seconds that are granted when a request names none. */
export const usualDurationSeconds = 3_600;

/**
 * A duration that is asked for is rounded up to one of these seconds, and one above the last of them to what is allowed. Each
 * duration has a session of its own: a caller that asks for every second in turn would draw a call to STS for each.
 */
const steps = [1_800, 3_600, 7_200, 14_400, 43_200];

/** The longest duration that any STS API gives, in seconds: 36 hours. */
export const greatestDurationSeconds = 129_600;

/** The shortest duration that a caller of STS may ask for, in seconds. */
export const leastStsSeconds = 900;

/** What limits a duration, each in seconds. */
export type DurationLimits = Readonly<Record<DurationCap, number>>;

export interface GrantedDuration {
  /** For how long STS is asked. */
  durationSeconds: number;
  /** Present when less was granted than was asked for. */
  cappedBy?: DurationCap;
}

/**
 * The duration that a request gets: the step at or above what it asks for, at most what grant, storage and STS allow.
 *
 * @example grantDuration(7_000, { grant: 43_200, storage: 43_200, sts: 43_200 }) // { durationSeconds: 7_200 }
 * @example grantDuration(7_000, { grant: 3_600, storage: 43_200, sts: 43_200 })
 * // { durationSeconds: 3_600, cappedBy: "grant" }
 */
export function grantDuration(asked: number | undefined, limits: DurationLimits): GrantedDuration {
  const durationSeconds = stepWithin(limits, asked ?? usualDurationSeconds);
  if (asked === undefined || durationSeconds >= asked) return { durationSeconds };
  // A storage's limit is never above that of its STS, so the most fundamental one is named.
  const caps: DurationCap[] = ["sts", "storage", "grant"];
  const cappedBy = caps.find((cap) => limits[cap] === durationSeconds);
  return cappedBy === undefined ? { durationSeconds } : { durationSeconds, cappedBy };
}

/** The step at or above so many seconds, at most what is allowed. */
export function stepWithin({ grant, storage, sts }: DurationLimits, seconds: number): number {
  const step = steps.find((step) => step >= seconds) ?? Number.POSITIVE_INFINITY;
  return Math.min(step, grant, storage, sts);
}
