import { claimOf } from "./claim-template.ts";
import { matchesGlob } from "./glob.ts";
import type { Grant } from "./grant.ts";
import type { ClaimValue, Principal } from "./principal.ts";

/** What a grant asks of its callers, beside what one caller brings for it. */
export interface Condition {
  /** `subject`, or `claims.` and the claim's name. */
  of: string;
  patterns: readonly string[];
  value: ClaimValue;
}

/** The conditions of a grant, all of which a principal must meet. */
export function conditionsOf(grant: Grant, { subject, claims }: Principal): Condition[] {
  const onClaims = Object.entries(grant.claims).map(([name, patterns]) => {
    return { of: `claims.${name}`, patterns, value: claimOf(claims, name) };
  });
  return grant.subject === undefined
    ? onClaims
    : [{ of: "subject", patterns: grant.subject, value: subject }, ...onClaims];
}

/**
 * Is a condition met? Of an array, one element must match. Booleans and numbers are compared by their JSON text; objects
 * and null match nothing.
 */
export function isMet({ patterns, value }: Condition): boolean {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.some((v) => patterns.some((pattern) => matchesPattern(pattern, v)));
}

function matchesPattern(pattern: string, value: unknown): boolean {
  if (typeof value === "string") return matchesGlob(pattern, value);
  return (typeof value === "boolean" || typeof value === "number") && pattern === String(value);
}
