import type { Claims } from "../../shared/core/claims.ts";
import { nestedClaims } from "./claim-names.ts";
import { nameRule, nameSyntax } from "./document.ts";
import { type Report, under } from "./faults.ts";
import { membersOf } from "./read-entry.ts";

// What API tokens and client keys have in common: the configuration lists them with their claims and their end.

/** How far ahead one may expire. Operators forget what they need not look at for longer. */
const longestDays = 366;

export const dayMs = 86_400_000;
/** The subject is the name of the entry, and zod skips `__proto__`. */
const unusableClaims = ["sub", "__proto__"];

/** The claims of an entry, as a token has them. `kind` is what the words of a fault call it. */
export function readOwnClaims(entry: unknown, kind: string, report: Report): Claims {
  const claims = nestedClaims(membersOf(membersOf(entry)["claims"]), under(report, "claims"));
  for (const claim of unusableClaims)
    if (Object.hasOwn(claims, claim)) report(["claims", claim], `is not a claim that a ${kind} can have`);
  return claims;
}

/** The end of an entry in epoch milliseconds, as `now`. */
export function readExpiry(expires: string, now: number, report: Report): number {
  const expiresAt = Date.parse(expires);
  if (expiresAt > now + longestDays * dayMs) report(["expires"], `must be at most ${longestDays} days ahead`);
  return expiresAt;
}

/**
 * The end of a new entry, as the configuration writes it.
 *
 * @throws Error with the rule that the name or the days break.
 */
export function newExpiry(name: string, days: number, now: number): string {
  if (!nameSyntax.test(name)) throw new Error(`--name ${nameRule}`);
  if (!(Number.isInteger(days) && days >= 1 && days <= longestDays))
    throw new Error(`--days must be from 1 to ${longestDays}`);
  return new Date(now + days * dayMs).toISOString().replace(/\.\d+/, "");
}
