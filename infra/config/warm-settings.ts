import type { WarmSettings } from "../../shared/core/config.ts";
import { warmSection } from "./document.ts";
import type { Report } from "./faults.ts";
import { readEntry } from "./read-entry.ts";

/** A sixth of what AWS allows an account in a region: callers, and whatever else is there, need STS as well. */
const usualStsCallsPerSecond = 100;

/** Reads the section `warm`, which may be absent, and fills in what it leaves open. */
export function readWarmSettings(section: unknown, report: Report): WarmSettings {
  const written = section === undefined ? {} : readEntry(warmSection, section, report);
  return { stsCallsPerSecond: usualStsCallsPerSecond, ...written };
}
