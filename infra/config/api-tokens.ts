import type { ApiToken } from "../../shared/core/config.ts";
import { nestedClaims } from "./claim-names.ts";
import { apiTokenEntry } from "./document.ts";
import { type Report, under } from "./faults.ts";
import { membersOf, readEntry, readNamed } from "./read-entry.ts";

/** How far ahead an API token may expire. Operators forget a token that they need not look at for longer. */
export const longestTokenDays = 366;

export const dayMs = 86_400_000;
/** A token's subject is its name, and zod skips `__proto__`. */
const unusableClaims = ["sub", "__proto__"];

/** Reads the section `apiTokens`, which may be absent. `now` is in epoch milliseconds. */
export function readApiTokens(section: unknown, now: number, report: Report): ApiToken[] {
  const tokens: ApiToken[] = [];
  if (section === undefined) return tokens;
  for (const { name, value, reportEntry } of readNamed(section, 100, report)) {
    const claims = nestedClaims(membersOf(membersOf(value)["claims"]), under(reportEntry, "claims"));
    for (const claim of unusableClaims)
      if (Object.hasOwn(claims, claim))
        reportEntry(["claims", claim], "is not a claim that a token can have");

    const entry = readEntry(apiTokenEntry, value, reportEntry);
    if (entry === undefined) continue;
    const expiresAt = Date.parse(entry.expires);
    if (expiresAt > now + longestTokenDays * dayMs)
      reportEntry(["expires"], `must be at most ${longestTokenDays} days ahead`);
    const twin = tokens.find(({ sha256 }) => sha256 === entry.sha256);
    if (twin !== undefined) reportEntry(["sha256"], `is already the hash of apiTokens.${twin.name}`);
    tokens.push({ name, sha256: entry.sha256, expiresAt, claims });
  }
  return tokens;
}
