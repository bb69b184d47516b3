import type { Clock } from "./ports.ts";

interface Limit {
  perSecond: number;
  /** So many at once, after a rest. */
  atOnce: number;
  clock: Pick<Clock, "now">;
}

/**
 * A token bucket of this instance alone. Counts one more call; false, and nothing is counted, if none is left.
 *
 * @example const countCall = createLocalLimit({ perSecond: 1, atOnce: 5, clock })
 */
export function createLocalLimit({ perSecond, atOnce, clock }: Limit): () => boolean {
  let tokens = atOnce;
  let countedAt = clock.now();
  return function countOne() {
    const now = clock.now();
    tokens = Math.min(atOnce, tokens + (Math.max(now - countedAt, 0) * perSecond) / 1_000);
    countedAt = now;
    if (tokens < 1) return false;
    tokens--;
    return true;
  };
}
