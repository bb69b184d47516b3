import type { Audit } from "../vending/ports.ts";
import { logEntry } from "./log-entry.ts";

/**
 * Writes each record as one entry to the function's log.
 *
 * @example createAudit(console.info).record({ decision: "refused", code: "no_grant", … })
 */
export function createAudit(write: (entry: object) => void): Audit {
  return {
    record: (record) => write(logEntry({ audit: record })),
  };
}
