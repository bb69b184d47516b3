import type { Audit, Clock } from "../vending/ports.ts";
import type { Meter } from "./meter.ts";

/**
 * Writes each record, with the time, as one line of the function's log, and in the same line what it counts for.
 *
 * @example createAudit(meter, clock).record({ decision: "refused", code: "no_grant", … })
 */
export function createAudit(meter: Meter, clock: Pick<Clock, "now">): Audit {
  return {
    record(record) {
      const { decision, cache, code } = record;
      const told = { audit: { time: new Date(clock.now()).toISOString(), ...record } };
      if (decision === "vended") meter({ cache }, { Vends: 1 }, told);
      else if (decision === "refused") meter({ code }, { Denials: 1 }, told);
      else meter({}, {}, told);
    },
  };
}
