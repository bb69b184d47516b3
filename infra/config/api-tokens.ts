import type { ApiToken } from "../../shared/core/config.ts";
import { apiTokenEntry } from "./document.ts";
import type { Report } from "./faults.ts";
import { readExpiry, readOwnClaims } from "./listed-callers.ts";
import { readEntry, readNamed } from "./read-entry.ts";

/** Reads the section `apiTokens`, which may be absent. `now` is in epoch milliseconds. */
export function readApiTokens(section: unknown, now: number, report: Report): ApiToken[] {
  const tokens: ApiToken[] = [];
  if (section === undefined) return tokens;
  for (const { name, value, reportEntry } of readNamed(section, 100, report)) {
    const claims = readOwnClaims(value, "token", reportEntry);
    const entry = readEntry(apiTokenEntry, value, reportEntry);
    if (entry === undefined) continue;
    const expiresAt = readExpiry(entry.expires, now, reportEntry);
    const twin = tokens.find(({ sha256 }) => sha256 === entry.sha256);
    if (twin !== undefined) reportEntry(["sha256"], `is already the hash of apiTokens.${twin.name}`);
    tokens.push({ name, sha256: entry.sha256, expiresAt, claims });
  }
  return tokens;
}
