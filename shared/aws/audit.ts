import type { Audit } from "../vending/ports.ts";
import type { Meter } from "./meter.ts";

/**
 * Writes each record as one line of the function's log, and in the same line what it counts for.
 *
 * @example createAudit(meter).record({ decision: "refused", code: "no_grant", … })
 */
export function createAudit(meter: Meter): Audit {
  return {
    record(record) {
      const { decision, cache, code } = record;
      const told = { audit: record };
      if (decision === "vended") meter({ cache }, { Vends: 1 }, told);
      else if (decision === "refused") meter({ code }, { Denials: 1 }, told);
      else meter({}, {}, told);
    },
  };
}
