import type { KeyTrouble } from "../identity/jwks.ts";
import type { Clock } from "../vending/ports.ts";
import type { Meter } from "./meter.ts";

/**
 * Writes why an issuer's keys could not be had or stored, with the time, as one line of the function's log. As long
 * as the known keys suffice, no caller is refused, so only this line tells of it.
 *
 * @example createIssuerKeys({ store, onTrouble: createKeyTroubleLog(meter, clock) })
 */
export function createKeyTroubleLog(meter: Meter, clock: Pick<Clock, "now">): (trouble: KeyTrouble) => void {
  return (trouble) =>
    meter(
      { part: "issuer-keys" },
      { AbsorbedFaults: 1 },
      { keyTrouble: { time: new Date(clock.now()).toISOString(), ...trouble } },
    );
}
