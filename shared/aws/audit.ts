import type { Audit, Clock } from "../vending/ports.ts";
import type { Meter } from "./meter.ts";

/**
 * Writes each record, with the time, as one line of the function's log. The same line carries the metrics of the record.
 *
 * @example createAudit(meter, clock).record({ decision: "refused", code: "no_grant", … })
 */
export function createAudit(meter: Meter, clock: Pick<Clock, "now">): Audit {
  return {
    record(record) {
      const { decision, cache, code, leftOut = 0 } = record;
      const line = { audit: { time: new Date(clock.now()).toISOString(), ...record } };
      if (decision === "vended") meter({ cache }, { Vends: 1 }, line);
      else if (decision === "refused") meter({ code }, { Denials: 1 + leftOut }, line);
      else meter({}, {}, line);
    },
  };
}
