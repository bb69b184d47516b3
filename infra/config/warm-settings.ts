import type { WarmSettings } from "../../shared/core/config.ts";
import { warmSection } from "./document.ts";
import type { Report } from "./faults.ts";
import { readEntry } from "./read-entry.ts";

/** A sixth of AWS's quota for an account in a region. Callers, and everything else in the account, need STS as well. */
const usualStsCallsPerSecond = 100;

/** Reads the section `warm`, which may be absent, and fills in the defaults. */
export function readWarmSettings(section: unknown, report: Report): WarmSettings {
  const settings = section === undefined ? {} : readEntry(warmSection, section, report);
  return { stsCallsPerSecond: usualStsCallsPerSecond, ...settings };
}
