import type { MissLimits } from "../../shared/core/config.ts";
import { missesSection } from "./document.ts";
import type { Report } from "./faults.ts";
import { readEntry } from "./read-entry.ts";

/** Six calls a minute of one caller, and one a second of a storage: a sixhundredth of AWS's quota for an account in a region. */
const usualLimits: MissLimits = { perPrincipal: 60, perClientKey: 600, perStorage: 600 };

/** Reads the section `misses`, which may be absent, and fills in the defaults. */
export function readMissLimits(section: unknown, report: Report): MissLimits {
  const limits = section === undefined ? {} : readEntry(missesSection, section, report);
  return { ...usualLimits, ...limits };
}
