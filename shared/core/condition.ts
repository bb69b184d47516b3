import { type Circumstances, noCaller } from "./circumstances.ts";
import type { ClaimValue, ReadClaim } from "./claims.ts";
import { leastStsSeconds } from "./duration.ts";
import { leastDurationSeconds, secondsUntilEnd } from "./expiry.ts";
import type { GrantConditions } from "./grant.ts";
import { isInRanges } from "./ip-range.ts";
import { type Captures, matchPattern } from "./pattern.ts";

/** One thing that a grant demands of its callers, and one caller's value for it. */
export interface Condition {
  /** The field of the grant, or `claims.` and the claim's name. */
  of: string;
  value: ClaimValue;
  /** Any of these would do; empty where the condition is no matter of patterns. */
  patterns: readonly string[];
  /** What was captured, one for each value and pattern that match; none where it is not met. */
  captures: readonly Captures[];
  /** The value has the right form, but a captured part is no plain name. */
  isNotPlain?: boolean;
}

type Judge = (grant: GrantConditions, circumstances: Circumstances, read: ReadClaim) => Condition[];

/** What meets a condition that captures nothing. */
const nothing: readonly Captures[] = [{}];

/** How each condition of a grant is judged, the cheapest first. */
const judges: { readonly [Field in keyof Required<GrantConditions>]: Judge } = {
  // Names of the configuration, and no patterns.
  issuer: ({ issuer }, { principal }) => [
    judged("issuer", principal.issuer, issuer.includes(principal.issuer)),
  ],

  // Before the end there has to be time for the shortest session.
  expires: ({ expires }, { now, sts }) =>
    expires === undefined
      ? []
      : [
          judged(
            "expires",
            new Date(now).toISOString(),
            secondsUntilEnd(expires, now) >= (sts ? leastStsSeconds : leastDurationSeconds),
          ),
        ],

  sourceIps: ({ sourceIps }, { sourceIp }) =>
    sourceIps === undefined || sourceIp === noCaller
      ? []
      : [judged("sourceIps", sourceIp, sourceIp !== undefined && isInRanges(sourceIp, sourceIps))],

  externalId: ({ externalId }, { sts }) =>
    externalId === undefined ? [] : [judged("externalId", sts?.externalId, sts?.externalId === externalId)],

  subject: ({ subject }, { principal }) =>
    subject === undefined ? [] : [matched("subject", principal.subject, subject)],

  claims: ({ claims }, _, read) =>
    Object.entries(claims).map(([name, patterns]) => matched(`claims.${name}`, read(name), patterns)),
};

/** The conditions of a grant, all of which must be met. */
export function conditionsOf(
  grant: GrantConditions,
  circumstances: Circumstances,
  read: ReadClaim,
): Condition[] {
  return Object.values(judges).flatMap((judge) => judge(grant, circumstances, read));
}

export function isMet({ captures }: Condition): boolean {
  return captures.length > 0;
}

function judged(of: string, value: ClaimValue, isMet: boolean): Condition {
  return { of, value, patterns: [], captures: isMet ? nothing : [] };
}

/** A condition that patterns make. Of an array, one element must match; each that does gives a capture. */
function matched(of: string, value: ClaimValue, patterns: readonly string[]): Condition {
  const captures: Captures[] = [];
  let isNotPlain = false;
  for (const text of textsOf(value)) {
    for (const pattern of patterns) {
      const match = matchValue(pattern, text);
      if (match === "not_plain") isNotPlain = true;
      else if (match !== undefined) captures.push(match.captures);
    }
  }
  return { of, value, patterns, captures, ...(isNotPlain && captures.length === 0 && { isNotPlain }) };
}

/** Booleans and numbers are compared by their JSON text, and no star stands for them. */
function matchValue(pattern: string, value: string | boolean | number) {
  if (typeof value === "string") return matchPattern(pattern, value);
  if (typeof value === "number" && pattern.includes("{")) return matchPattern(pattern, String(value));
  return pattern === String(value) ? { captures: {} } : undefined;
}

/**
 * What of a claim's value can match at all: itself, or the elements of an array. Objects and null match nothing, and no
 * number that JSON's reader may have rounded does.
 */
export function textsOf(value: ClaimValue): (string | boolean | number)[] {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.filter(
    (one): one is string | boolean | number =>
      typeof one === "string" || typeof one === "boolean" || Number.isSafeInteger(one),
  );
}
