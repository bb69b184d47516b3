import type { OnMiss } from "../vending/obtain.ts";
import type { Meter } from "./meter.ts";

type ObtainAnew = OnMiss["obtainAnew"];

/**
 * Meters what happens on misses only, in a line of its own. The hit path, which writes the audit record, needs no code for it.
 *
 * @example const obtainAnew = meterMisses(createObtainAnew(ports), meter)
 */
export function meterMisses(obtainAnew: ObtainAnew, meter: Meter): ObtainAnew {
  return async function meteredObtainAnew(...miss) {
    const outcome = await obtainAnew(...miss);
    const { waitedMs, tookOver, notKept } = outcome;
    if (waitedMs !== undefined) meter({}, { LockWaits: 1, LockWaitTime: waitedMs });
    if (tookOver) meter({}, { TakeOvers: 1 });
    if (notKept) meter({}, { NotKept: 1 });
    return outcome;
  };
}
