import type { Absorb, Clock } from "../vending/ports.ts";
import type { Meter } from "./meter.ts";

/**
 * Writes each absorbed failure as one line of the function's log, with its time and its cause, and counts it. Callers may
 * have their answers all the same, so that only these lines tell of it.
 *
 * @example createObtainAnew({ ...ports, absorb: createAbsorb(meter, clock) })
 */
export function createAbsorb(meter: Meter, clock: Pick<Clock, "now">): Absorb {
  return (part, fault) => {
    const absorbed = { time: new Date(clock.now()).toISOString(), cause: String(fault) };
    meter({ part }, { AbsorbedFaults: 1 }, { absorbed });
  };
}
