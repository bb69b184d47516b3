import type { ErrorCode } from "../../contract.ts";

/** The codes that callers get, and one more: an entry could not be read, claimed or dropped. */
type FailureCode = ErrorCode | "table_unreachable";

/** What can become of a due entry without a failure. */
type Fate = "issued" | "dropped" | "passed" | "left";

/** How many entries were due, and what became of them; one that was tried several times counts once. */
export interface WarmReport extends Record<Fate, number> {
  due: number;
  /** Used, claimed or issued by another instance meanwhile. */
  passed: number;
  /** How many, by code. */
  failed: { [code in FailureCode]?: number };
  /** For the next pass: time was up, it missed its slot, or the storage was to be left alone. */
  left: number;
}

/**
 * Counts the fates of due entries.
 *
 * @example tally.count("issued"); tally.count({ failed: "throttled" }); tally.report()
 */
export function createTally() {
  const fates = { issued: 0, dropped: 0, passed: 0, left: 0 };
  const failed: WarmReport["failed"] = {};
  let due = 0;
  return {
    count(became: Fate | { failed: FailureCode }): void {
      due++;
      if (typeof became === "string") fates[became]++;
      else failed[became.failed] = (failed[became.failed] ?? 0) + 1;
    },
    report: (): WarmReport => ({ due, ...fates, failed }),
  };
}
