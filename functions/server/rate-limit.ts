import { boundedMap } from "../../shared/core/bounded-map.ts";
import type { Clock } from "../../shared/vending/ports.ts";

/** So many seconds' worth may be used at once. */
const burstSeconds = 10;
/** Names that are remembered. One that is forgotten begins anew, so a flood of names gains a burst each, and no memory. */
const mostNames = 50_000;

/**
 * A rate for each name: a bucket of ten seconds' worth, which fills by so many in a second. Its function takes one, and gives
 * after how many seconds there is one again, or nothing if there was one.
 *
 * @example rateLimit(100, clock)("192.0.2.1") // undefined
 */
export function rateLimit(perSecond: number, clock: Pick<Clock, "now">) {
  const most = perSecond * burstSeconds;
  const buckets = boundedMap<string, { left: number; at: number }>(mostNames);

  return function take(name: string): number | undefined {
    const now = clock.now();
    const { left, at } = buckets.get(name) ?? { left: most, at: now };
    const filled = Math.min(most, left + (Math.max(0, now - at) / 1_000) * perSecond);
    buckets.set(name, { left: filled < 1 ? filled : filled - 1, at: now });
    return filled < 1 ? Math.ceil((1 - filled) / perSecond) : undefined;
  };
}
