import type { OnMiss } from "../vending/obtain.ts";
import type { Meter } from "./meter.ts";

type ObtainAnew = OnMiss["obtainAnew"];

/**
 * Meters what only a miss can be, in a line of its own: the hit path, which writes the audit record, knows nothing of it.
 *
 * @example const obtainAnew = meterMisses(createObtainAnew(ports), meter)
 */
export function meterMisses(obtainAnew: ObtainAnew, meter: Meter): ObtainAnew {
  return async (...miss) => {
    const obtained = await obtainAnew(...miss);
    const { waitedMs, tookOver, stale } = obtained;
    if (waitedMs !== undefined) meter({}, { LockWaits: 1, LockWaitTime: waitedMs });
    if (tookOver) meter({}, { TakeOvers: 1 });
    if (stale) meter({}, { StaleServed: 1 });
    return obtained;
  };
}
