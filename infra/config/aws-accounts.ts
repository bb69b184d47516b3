import { awsSection } from "./document.ts";
import type { Report } from "./faults.ts";
import { readEntry } from "./read-entry.ts";

/**
 * Reads the section `aws`: the accounts whose IAM users and roles are accepted. Without the section none is accepted.
 */
export function readAwsAccounts(section: unknown, report: Report): readonly string[] {
  return section === undefined ? [] : (readEntry(awsSection, section, report)?.accounts ?? []);
}
