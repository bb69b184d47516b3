import type { Circumstances } from "./circumstances.ts";
import { type Claims, createClaimReader } from "./claims.ts";
import { type Condition, conditionsOf } from "./condition.ts";
import { secondsUntilEnd } from "./expiry.ts";
import type { Grant, GrantConditions } from "./grant.ts";
import type { Captures } from "./pattern.ts";
import type { Scope } from "./scope.ts";
import { attributesOf, type SessionAttributes } from "./session-attributes.ts";
import type { Storage } from "./storage.ts";
import { expandTemplate } from "./template.ts";

/** The ways in which one grant may apply to one caller: as many as elements of a list give it other captures. */
const mostWays = 20;

/** A grant that applies to a caller: its conditions are met, and its templates are expanded. */
export interface ApplicableGrant {
  name: string;
  scope: Scope;
  attributes: SessionAttributes;
  /** At most until the grant ends. */
  maxDurationSeconds: number;
  /** When the grant ends, in epoch milliseconds, and the whole seconds of a session that ends before. */
  latestEnd?: number;
  secondsLeft?: number;
  /** The claims that were read to find that it applies: with them it can be found again, by the warmer. */
  evidence: Claims;
}

/** No field but conditions. */
type NothingElse<Fields> = Record<Exclude<keyof Fields, keyof GrantConditions>, never>;

/**
 * Applies a grant to a caller: none where it is of another storage or mode, or not for that caller; several where its
 * conditions capture and an element of a list is one of several that match. The fields of a grant come together here: a
 * field that is no condition has to be used by name before this compiles.
 *
 * @example applyGrant(grant, storage, "enforce", circumstances).map(({ scope }) => scope.prefixes) // [["tenants/acme/"]]
 */
export function applyGrant(
  grant: Grant,
  storage: Storage,
  ofMode: Grant["mode"],
  circumstances: Circumstances,
): ApplicableGrant[] {
  const { name, mode, storage: ofStorage, permission, maxDurationSeconds, ...templatesAndConditions } = grant;
  const { prefix, sourceIdentity, sessionTags, ...conditions } = templatesAndConditions;
  if (ofStorage !== storage.name || mode !== ofMode) return [];
  const { read, evidence } = createClaimReader(circumstances.principal.claims);
  const judged = conditionsOf(conditions satisfies NothingElse<typeof conditions>, circumstances, read);
  return combined(judged).flatMap((captures): ApplicableGrant[] => {
    const folder = expandTemplate(prefix, { read, captures });
    const attributes = attributesOf({ sourceIdentity, sessionTags }, { read, captures });
    if (folder === undefined || attributes === undefined) return [];
    const scope = { bucket: storage.bucket, prefixes: [storage.prefix + folder], permission };
    const whole = { name, scope, attributes, maxDurationSeconds, evidence: evidence() };
    const { expires } = conditions;
    if (expires === undefined) return [whole];
    const secondsLeft = secondsUntilEnd(expires, circumstances.now);
    return [
      {
        ...whole,
        maxDurationSeconds: Math.min(maxDurationSeconds, secondsLeft),
        latestEnd: expires,
        secondsLeft,
      },
    ];
  });
}

/**
 * The ways to meet all conditions at once: one capture of each, where a name that stands in several has one value. None
 * where a condition is not met.
 *
 * @example combined([{ captures: [{ a: "1" }, { a: "2" }] }, { captures: [{ b: "3" }] }]) // [{ a: "1", b: "3" }, …]
 */
export function combined(conditions: readonly Pick<Condition, "captures">[]): Captures[] {
  let ways: Captures[] = [{}];
  // Those with one way first, so that they pick among the many of a list before these are cut off.
  const fewestFirst = conditions.toSorted((a, b) => a.captures.length - b.captures.length);
  for (const { captures } of fewestFirst) {
    const longer = ways.flatMap((way) => captures.flatMap((capture) => joined(way, capture)));
    ways = [...new Map(longer.map((way) => [JSON.stringify(way), way])).values()].slice(0, mostWays);
  }
  return ways;
}

/** Both together; none where they give one name two values. */
function joined(one: Captures, other: Captures): Captures[] {
  const agrees = Object.entries(other).every(
    ([name, value]) => !Object.hasOwn(one, name) || one[name] === value,
  );
  return agrees ? [{ ...one, ...other }] : [];
}
