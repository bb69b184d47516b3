import type { Clock } from "./ports.ts";

interface Limit {
  perSecond: number;
  /** So many at once, after a rest. */
  atOnce: number;
  clock: Pick<Clock, "now">;
}

/**
 * A token bucket of this instance alone. Says whether one more is allowed now, and counts it if so.
 *
 * @example const mayCall = createLocalLimit({ perSecond: 1, atOnce: 5, clock })
 */
export function createLocalLimit({ perSecond, atOnce, clock }: Limit): () => boolean {
  let tokens = atOnce;
  let countedAt = clock.now();
  return () => {
    const now = clock.now();
    tokens = Math.min(atOnce, tokens + (Math.max(now - countedAt, 0) * perSecond) / 1_000);
    countedAt = now;
    if (tokens < 1) return false;
    tokens--;
    return true;
  };
}
