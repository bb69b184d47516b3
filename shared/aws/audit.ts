import type { Audit } from "../vending/ports.ts";

/**
 * Writes one line of JSON a record to the function's log; Lambda's JSON log format puts it into its `message`.
 *
 * @example createAudit(console.info).record({ decision: "refused", code: "no_grant", … })
 */
export function createAudit(write: (line: string) => void): Audit {
  return {
    record: (record) => write(JSON.stringify({ audit: record })),
  };
}
