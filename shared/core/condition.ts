import type { Circumstances } from "./circumstances.ts";
import type { ClaimValue, ReadClaim } from "./claims.ts";
import { matchesGlob } from "./glob.ts";
import type { GrantConditions } from "./grant.ts";

/** One thing that a grant demands of its callers, beside what one caller has for it. */
export interface Condition {
  /** `issuer`, `subject`, or `claims.` and the claim's name. */
  of: string;
  isMet: boolean;
  /** Any of these would do. */
  patterns: readonly string[];
  value: ClaimValue;
}

type Judge = (grant: GrantConditions, circumstances: Circumstances, read: ReadClaim) => Condition[];

/** How each condition of a grant is judged, the cheapest first. */
const judges: { readonly [Field in keyof Required<GrantConditions>]: Judge } = {
  issuer: ({ issuer }, { principal }) => [
    // A name of the configuration, and no pattern.
    { of: "issuer", isMet: issuer === principal.issuer, patterns: [], value: principal.issuer },
  ],

  subject: ({ subject }, { principal }) =>
    subject === undefined ? [] : [matching("subject", subject, principal.subject)],

  claims: ({ claims }, _, read) =>
    Object.entries(claims).map(([name, patterns]) => matching(`claims.${name}`, patterns, read(name))),
};

/** The conditions of a grant, all of which must be met. */
export function conditionsOf(
  grant: GrantConditions,
  circumstances: Circumstances,
  read: ReadClaim,
): Condition[] {
  return Object.values(judges).flatMap((judge) => judge(grant, circumstances, read));
}

/**
 * A condition that patterns make. Of an array, one element must match. Booleans and numbers are compared by their JSON
 * text; objects and null match nothing.
 */
function matching(of: string, patterns: readonly string[], value: ClaimValue): Condition {
  return { of, patterns, value, isMet: matchesAny(patterns, value) };
}

/**
 * Does one of the patterns match a claim's value?
 *
 * @example matchesAny(["data-*"], ["ops", "data-eng"]) // true
 */
export function matchesAny(patterns: readonly string[], value: ClaimValue): boolean {
  return textsOf(value).some((text) => patterns.some((pattern) => matchesPattern(pattern, text)));
}

function matchesPattern(pattern: string, text: string | boolean | number): boolean {
  return typeof text === "string" ? matchesGlob(pattern, text) : pattern === String(text);
}

/** What of a claim's value can match at all: itself, or the elements of an array. */
export function textsOf(value: ClaimValue): (string | boolean | number)[] {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.filter(
    (one): one is string | boolean | number =>
      typeof one === "string" || typeof one === "boolean" || typeof one === "number",
  );
}
