import type { Clock, Entry } from "./ports.ts";

/** How long a caller's claim stands: longer than its issue takes, so that only a dead or stuck winner is overtaken. */
export const claimMs = 1_000;
/**
 * How long a claim stands for which STS may take its time: longer than the warmer takes for one entry, its start, its slot
 * and its calls to the table included.
 */
export const slowClaimMs = 20_000;
/** After this time nearly every slow issue is done. */
export const usualIssueMs = 8_000;
/** How far the clocks of two instances may be apart. */
const clockSkewMs = 60_000;

/**
 * May an instance still be at work on this claim, by any clock? A caller that need not issue at once leaves the entry alone
 * then. A claim that ends later than any does was planted.
 */
export function mayBeClaimed({ claimedUntil }: Entry, now: number): boolean {
  if (claimedUntil === undefined) return false;
  return now <= claimedUntil + clockSkewMs && claimedUntil <= now + slowClaimMs + clockSkewMs;
}

/** How long a claim stands that says so, whatever a row says that was planted. */
function lengthOf({ claimMs: stated = claimMs }: Entry): number {
  return Math.min(stated, slowClaimMs);
}

/**
 * When a caller that cannot wait for a claim should come back, in seconds. `undefined` for a claim that any caller may wait
 * for.
 */
export function comeBackSeconds(entry: Entry | undefined, now: number): number | undefined {
  if (entry?.claimedUntil === undefined || lengthOf(entry) <= claimMs) return undefined;
  const usual = entry.claimedUntil - lengthOf(entry) + usualIssueMs;
  return ((now < usual ? usual : entry.claimedUntil) - now) / 1_000;
}

/**
 * Watches the claims on one entry for a caller that waits. A claim is dead when the caller has seen it for as long as it
 * stands, since clocks differ; or when the end that the claim states is past: by any clock for a caller's claim of a
 * second, by the watcher's for a longer one, which would keep all callers waiting.
 *
 * @example if (watch.observe(entry) !== "stands") await claims.claim(…)
 */
export function createClaimWatch(clock: Pick<Clock, "now">) {
  let generation: number | undefined;
  let since = 0;
  return {
    /** Takes note of the claim as it is now. */
    observe(entry: Entry | undefined): "unclaimed" | "stands" | "dead" {
      if (entry?.claimedUntil === undefined) return "unclaimed";
      const now = clock.now();
      if (entry.generation !== generation) {
        generation = entry.generation;
        since = now;
      }
      const length = lengthOf(entry);
      const mayStand = mayBeClaimed(entry, now) && (length <= claimMs || now <= entry.claimedUntil);
      return mayStand && now - since < length ? "stands" : "dead";
    },

    /** Was this generation seen while it was claimed? */
    hasSeen: (entry: Entry): boolean => entry.generation === generation,
  };
}
