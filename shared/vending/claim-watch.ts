import type { Clock, Entry } from "./ports.ts";

/** How long a claim is respected: longer than an issue takes, so that only a dead or stuck winner is overtaken. */
export const claimMs = 1_000;
/** How far the clocks of two instances may be apart. */
const clockSkewMs = 60_000;

/**
 * May an instance still be at work on this claim, by any clock? A caller that need not issue at once leaves the entry alone
 * then.
 */
export function mayBeClaimed({ claimedUntil }: Entry, now: number): boolean {
  return claimedUntil !== undefined && now <= claimedUntil + clockSkewMs;
}

/**
 * Watches the claims on one entry for a caller that waits. A claim is dead when the caller has seen it for long enough,
 * since clocks differ; or when the end that the claim states is past by any clock.
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
      return mayBeClaimed(entry, now) && now - since < claimMs ? "stands" : "dead";
    },

    /** Was this generation seen while it was claimed? */
    hasSeen: (entry: Entry): boolean => entry.generation === generation,
  };
}
