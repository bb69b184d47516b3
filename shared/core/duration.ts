import type { DurationCap } from "../contract.ts";
import type { Storage } from "./storage.ts";

/** Seconds that are granted when a request names none. */
const usualDurationSeconds = 3_600;

/** The longest duration that any STS API gives, in seconds: 36 hours. */
export const greatestDurationSeconds = 129_600;

/** The longest duration in seconds that a storage's way can give, whatever is configured. */
export function issuerLimitSeconds(storage: Pick<Storage, "issue"> & { secret?: string }): number {
  switch (storage.issue) {
    case "session-token":
    case "federation-token":
      return greatestDurationSeconds;
    case "assume-role":
      // Without a secret the role is assumed by the function's own role; AWS caps such chaining at one hour.
      return storage.secret === undefined ? 3_600 : 43_200;
    case "web-identity":
    case "static":
    case "none":
      return 43_200;
  }
}

export interface GrantedDuration {
  durationSeconds: number;
  /** Present when less was granted than was asked for. */
  cappedBy?: DurationCap;
}

/**
 * The duration that a request gets: what it asks for, at most what grant, storage and issuer allow.
 *
 * @example grantDuration(7_200, { grant: 3_600, storage: 43_200, issuer: 43_200 })
 * // { durationSeconds: 3_600, cappedBy: "grant" }
 */
export function grantDuration(
  asked: number | undefined,
  limits: Record<DurationCap, number>,
): GrantedDuration {
  const wanted = asked ?? usualDurationSeconds;
  const durationSeconds = Math.min(wanted, limits.grant, limits.storage, limits.issuer);
  if (asked === undefined || durationSeconds === asked) return { durationSeconds };
  // A storage's limit is never above its issuer's, so the most fundamental one is named.
  const caps: DurationCap[] = ["issuer", "storage", "grant"];
  const cappedBy = caps.find((cap) => limits[cap] === durationSeconds);
  return cappedBy === undefined ? { durationSeconds } : { durationSeconds, cappedBy };
}
