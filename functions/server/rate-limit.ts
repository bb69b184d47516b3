import { boundedMap } from "../../shared/core/bounded-map.ts";
import type { Clock } from "../../shared/vending/ports.ts";

/** So many seconds' worth may be used at once. */
const burstSeconds = 10;
/** So many seconds' worth may be owed, after charges. */
const debtSeconds = 1;
/** Names that are remembered. One that is forgotten begins anew, so a flood of names gains a burst each, and no memory. */
const mostNames = 50_000;

/**
 * A rate for each name: a bucket of ten seconds' worth, which fills by so many in a second.
 *
 * @example rateLimit(100, clock).take("192.0.2.1") // undefined
 */
export function rateLimit(perSecond: number, clock: Pick<Clock, "now">) {
  const most = perSecond * burstSeconds;
  const least = -perSecond * debtSeconds;
  const buckets = boundedMap<string, { left: number; at: number }>(mostNames);

  function leftOf(name: string, now: number): number {
    const { left, at } = buckets.get(name) ?? { left: most, at: now };
    return Math.min(most, left + (Math.max(0, now - at) / 1_000) * perSecond);
  }

  return {
    /** Takes one, and gives after how many seconds there is one again, or nothing if there was one. */
    take(name: string): number | undefined {
      const now = clock.now();
      const left = leftOf(name, now);
      buckets.set(name, { left: left < 1 ? left : left - 1, at: now });
      return left < 1 ? Math.ceil((1 - left) / perSecond) : undefined;
    },

    /** Takes so many afterwards, also those that are not there. */
    charge(name: string, count: number): void {
      const now = clock.now();
      buckets.set(name, { left: Math.max(least, leftOf(name, now) - count), at: now });
    },
  };
}
