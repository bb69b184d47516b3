import type { Session } from "./session.ts";

type Life = Pick<Session, "issuedAt" | "expiration">;

/** botocore fetches again at every access below 15 minutes, so nothing that short is served while STS answers. */
const leastServedMs = 15 * 60_000;
/** Below this an answer would expire under the client's hands. */
const leastUsableMs = 60_000;
/** Below five minutes the AWS SDK for Java 2 asks again at every request. */
export const leastToldMs = 6 * 60_000;

/** The shortest duration vended, in seconds: here half of a life and the 15 minutes meet. */
export const leastDurationSeconds = 1_800;

/** STS's clock, and the way to it: a session that is asked for until a grant's end must not last longer. */
const endMarginSeconds = 10;

/**
 * The whole seconds for which a session may be asked so that it ends before something else does.
 *
 * @param end and `now` are in epoch milliseconds
 * @example secondsUntilEnd(3_600_000, 0) // 3_590
 */
export function secondsUntilEnd(end: number, now: number): number {
  return Math.floor((end - now) / 1_000) - endMarginSeconds;
}

/** What a caller needs of a session, in place of half its life. */
export interface Need {
  /** How much it must have left, in milliseconds. */
  leftMs: number;
  /** When the caller came, in epoch milliseconds. A session that was issued since is as good as STS gives, whatever it has left. */
  since: number;
}

/**
 * The end that a caller is told: the session's own, or an earlier one for a caller that is told of so many seconds.
 *
 * @param now in epoch milliseconds, as the end
 * @example toldEnd({ expiration: 7_200_000 }, 3_600, 0) // 3_600_000
 */
export function toldEnd(
  { expiration }: Pick<Life, "expiration">,
  now: number,
  toldSeconds = Infinity,
): number {
  return Math.min(expiration, now + toldSeconds * 1_000);
}

/**
 * May this session be handed out? While at least half of its life, and more than 15 minutes, is left; or else what its
 * caller needs.
 *
 * @example isServable({ issuedAt: 0, expiration: 3_600_000 }, 1_800_000) // true: exactly half is left
 */
export function isServable(life: Life, now: number, need?: Need): boolean {
  const left = life.expiration - now;
  if (need) return left >= need.leftMs || (life.issuedAt >= need.since && left >= leastToldMs);
  return left * 2 >= life.expiration - life.issuedAt && left > leastServedMs;
}

/** May it be handed out when STS gives no better? A short answer beats none. */
export function isUsable(life: Life, now: number, leastMs = leastUsableMs): boolean {
  return life.expiration - now >= leastMs;
}

/** Until when a session is servable, in epoch milliseconds, for callers without a need of their own. */
export function servableUntil({ issuedAt, expiration }: Life): number {
  return Math.min((issuedAt + expiration) / 2, expiration - leastServedMs);
}

/**
 * When a session should be issued again: from half to four fifths through the time in which it is servable, so that the
 * warmer has the rest to act before anyone has to wait. Where in between is up to the entry's key: sessions that were
 * issued together are not due together.
 *
 * @param key of the entry that keeps it, in hexadecimal
 */
export function dueAt(life: Life, key: string): number {
  const spread = Number.parseInt(key.slice(-4), 16) / 0x10000;
  const servableMs = Math.max(servableUntil(life) - life.issuedAt, 0);
  return Math.floor(life.issuedAt + servableMs * (0.5 + 0.3 * spread));
}
