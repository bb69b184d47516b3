import type { Clock, Entry } from "./ports.ts";

/** How long a claim is respected: longer than an issue takes, so that only a dead or stuck winner is overtaken. */
export const claimMs = 1_000;
/** How far the clocks of two instances may be apart. */
const clockSkewMs = 60_000;

/** May somebody be at it still, by any clock? Who has time, and need not issue at once, leaves the entry alone then. */
export function mayBeClaimed({ claimedUntil }: Entry, now: number): boolean {
  return claimedUntil !== undefined && now <= claimedUntil + clockSkewMs;
}

/**
 * Whose turn it is, as one who waits sees it. A claim is judged by how long it has been seen, since clocks differ; by
 * the time it gives itself only when that is past by any clock.
 *
 * @example if (watch.judge(entry) !== "stands") await claims.claim(…)
 */
export function createClaimWatch(clock: Pick<Clock, "now">) {
  let generation: number | undefined;
  let since = 0;
  return {
    judge(entry: Entry | undefined): "unclaimed" | "stands" | "dead" {
      if (entry?.claimedUntil === undefined) return "unclaimed";
      const now = clock.now();
      if (entry.generation !== generation) {
        generation = entry.generation;
        since = now;
      }
      return mayBeClaimed(entry, now) && now - since < claimMs ? "stands" : "dead";
    },

    /** Has this generation been seen while it was claimed? */
    hasSeen: (entry: Entry): boolean => entry.generation === generation,
  };
}
