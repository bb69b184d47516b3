import { greatestDurationSeconds } from "./duration.ts";
import type { Flush, FlushTarget, Revocation, RevocationRecord, RevocationTarget } from "./revocation.ts";

/** Instances go by what they have read before for less than five seconds, and so long again is left for what is under way. */
const settlingMs = 10_000;
/** The clock that writes the record is another one than STS's. */
const clockMarginMs = 1_000;

/**
 * The time before which a session must have been issued to be ended at its store: ten seconds after the revocation, in epoch
 * milliseconds. It is a whole second, since STS writes no others.
 *
 * @example deniedBefore(1_500) // 12_000
 */
export function deniedBefore(at: number): number {
  return Math.ceil(at / 1_000) * 1_000 + settlingMs;
}

/** From when on a session that is issued is surely not among those, in epoch milliseconds. */
export function endedBefore(at: number): number {
  return deniedBefore(at) + clockMarginMs;
}

/** The time before which sessions were ended at their store, of what the record keeps of an undone revocation. */
export function deniedBeforeUndone({ before }: Pick<Flush, "before">): number {
  return before - clockMarginMs;
}

/** A change of the record that cannot be made. The message is for the operator. */
export class ChangeRefused extends Error {
  override readonly name = "ChangeRefused";
}

/**
 * How large a record may be, as text. Each instance reads it every three seconds: with this size, a thousand instances read as
 * much of one row in a second as DynamoDB gives of one.
 */
export const mostRecordCharacters = 32_000;

/** What an operator wants to be in the record. */
export type Change =
  | { revoke: RevocationTarget & Pick<Revocation, "by" | "note">; alsoFlush?: readonly FlushTarget[] }
  | { undo: RevocationTarget }
  | { flush: FlushTarget };

/**
 * The record after a change. A change that was made before changes nothing, so that it can be sent again; only a flush is a new
 * one each time.
 *
 * @param now in epoch milliseconds
 * @throws ChangeRefused for an `undo` of what is not revoked, and for a record that would be too large
 * @example changed(record, { revoke: { kind: "grant", name: "data-lake" } }, Date.now()).revoked
 */
export function changed(record: RevocationRecord, change: Change, now: number): RevocationRecord {
  const next = tidied(applied(record, change, now), now);
  const characters = JSON.stringify(next).length;
  if (characters > mostRecordCharacters && characters > JSON.stringify(record).length) {
    throw new ChangeRefused(
      `The record of what is revoked would be longer than ${mostRecordCharacters} characters: undo what is not needed any more, ` +
        "and take the grants of those callers out of the configuration instead.",
    );
  }
  return next;
}

function applied(record: RevocationRecord, change: Change, now: number): RevocationRecord {
  const { revoked, flushed } = record;
  if ("flush" in change) return { revoked, flushed: [...flushed, { ...change.flush, before: now }] };
  if ("undo" in change) {
    const revocation = revoked.find((each) => isSame(each, change.undo));
    if (revocation === undefined) throw new ChangeRefused(`${nameOf(change.undo)} is not revoked.`);
    const { kind, name, issuer, at } = revocation;
    // What it had been vended by then may be ended at its store.
    const flush: Flush = { kind, name, ...(issuer !== undefined && { issuer }), before: endedBefore(at) };
    return { revoked: revoked.filter((each) => each !== revocation), flushed: [...flushed, flush] };
  }
  const { revoke, alsoFlush = [] } = change;
  // One that is yet to come was planted, or written by a wrong clock.
  const before = revoked.find((each) => isSame(each, revoke) && each.at <= now);
  const { at } = before ?? { at: now };
  return {
    revoked: before ? revoked : [...revoked.filter((each) => !isSame(each, revoke)), { ...revoke, at }],
    flushed: [...flushed, ...alsoFlush.map((each) => ({ ...each, before: endedBefore(at) }))],
  };
}

/** Each target once, and without the flushes of sessions that have all expired. */
function tidied({ revoked, flushed }: RevocationRecord, now: number): RevocationRecord {
  const latest = new Map<string, Flush>();
  for (const flush of flushed) {
    if (flush.before + greatestDurationSeconds * 1_000 <= now) continue;
    const key = JSON.stringify([flush.kind, flush.name, flush.issuer]);
    const before = Math.max(flush.before, latest.get(key)?.before ?? 0);
    latest.set(key, { ...flush, before });
  }
  return { revoked, flushed: [...latest.values()] };
}

export function isSame(one: FlushTarget, other: FlushTarget): boolean {
  return one.kind === other.kind && one.name === other.name && one.issuer === other.issuer;
}

/** A target in words. */
export function nameOf({ kind, name, issuer }: FlushTarget): string {
  return `The ${kind.replace("-", " ")} ${name}${issuer === undefined ? "" : ` of ${issuer}`}`;
}
