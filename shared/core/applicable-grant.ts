import type { Circumstances } from "./circumstances.ts";
import { type Claims, createClaimReader } from "./claims.ts";
import { type Condition, conditionsOf } from "./condition.ts";
import { secondsUntilEnd } from "./expiry.ts";
import type { Grant, GrantConditions } from "./grant.ts";
import type { Captures } from "./pattern.ts";
import { parsePrefix } from "./prefix.ts";
import type { Scope } from "./scope.ts";
import { attributesOf, type SessionAttributes } from "./session-attributes.ts";
import type { Storage } from "./storage.ts";
import { expandTemplate } from "./template.ts";

/** The most combinations of captures by which one grant may apply to one caller: elements of a list can give it several. */
const mostCombinations = 20;

/** A grant that applies to a caller: its conditions are met, and its templates are expanded. */
export interface ApplicableGrant {
  name: string;
  scope: Scope;
  attributes: SessionAttributes;
  /** At most until the grant ends. */
  maxDurationSeconds: number;
  /** When the grant ends, in epoch milliseconds. */
  latestEnd?: number;
  /** The longest session, in whole seconds, that ends before then. */
  secondsLeft?: number;
  /** The claims that were read to find that it applies: with them it can be found again, by the warmer. */
  evidence: Claims;
}

/** No field but conditions. */
type NothingElse<Fields> = Record<Exclude<keyof Fields, keyof GrantConditions>, never>;

/**
 * Applies a grant to one caller. The result is empty if the grant is for another storage, mode or caller. It has several
 * elements if a list claim matches in several ways. The fields of a grant come together here: a field that is no
 * condition has to be used by name before this compiles.
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
  const {
    acknowledgeVisibleNames: _,
    prefix,
    sourceIdentity,
    sessionTags,
    also,
    ...conditions
  } = templatesAndConditions;
  if (ofStorage !== storage.name || mode !== ofMode) return [];
  const { read, evidence } = createClaimReader(circumstances.principal.claims);
  const conditionsHere = conditionsOf(
    conditions satisfies NothingElse<typeof conditions>,
    circumstances,
    read,
  );
  const applicable = combined(conditionsHere).flatMap((captures): ApplicableGrant[] => {
    const folder = expandTemplate(prefix, { read, captures });
    const attributes = attributesOf({ sourceIdentity, sessionTags }, { read, captures });
    if (folder === undefined || attributes === undefined) return [];
    // Values that are plain, each by itself, can together make a prefix that is too long or reads as another one.
    if (folder !== prefix && !parsePrefix(storage.prefix + folder).ok) return [];
    const prefixes = [storage.prefix + folder];
    const scope = { bucket: storage.bucket, prefixes, permission, ...(also && { also }) };
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
  return applicable.filter(({ scope, attributes }) =>
    applicable.every((other) => areEqual(attributes, other.attributes) || !areEqual(scope, other.scope)),
  );
}

/** If one scope would have several attributes, the order of a list would choose between them: then it has none. */
function areEqual<T extends object>(one: T, other: T): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/**
 * The combinations that meet all conditions at once: one capture of each, where a name that stands in several has one
 * value. None where a condition is not met.
 *
 * @example combined([{ captures: [{ a: "1" }, { a: "2" }] }, { captures: [{ b: "3" }] }]) // [{ a: "1", b: "3" }, …]
 */
export function combined(conditions: readonly Pick<Condition, "captures">[]): Captures[] {
  if (conditions.some(({ captures }) => captures.length === 0)) return [];
  // Most conditions capture nothing: being met is all there is to them.
  const capturing = conditions.filter(({ captures }) => captures.some((one) => Object.keys(one).length > 0));
  // Those with one capture first, so that they pick among the many of a list before these are cut off.
  const fewestFirst = agreeing(capturing.map(({ captures }) => distinct(captures))).toSorted(
    (one, other) => one.length - other.length,
  );
  return fewestFirst.reduce(joined, [{}]);
}

/** Each once, in the order of the token: two elements of a list can capture the same. */
function distinct(captures: readonly Captures[]): Captures[] {
  return [...new Map(captures.map((capture) => [JSON.stringify(capture), capture])).values()];
}

/** Without the captures whose value some other condition does not have for that name. */
function agreeing(lists: readonly Captures[][]): Captures[][] {
  // No name has a comma.
  const textOf = (entry: [string, string]) => `${entry[0]},${entry[1]}`;
  const known = lists.map(
    (captures) => new Set(captures.flatMap(Object.entries).flatMap((entry) => [entry[0], textOf(entry)])),
  );
  const agrees = (entry: [string, string]) =>
    known.every((texts) => !texts.has(entry[0]) || texts.has(textOf(entry)));
  return lists.map((captures) => captures.filter((capture) => Object.entries(capture).every(agrees)));
}

/** Both together, where they give no name two values. Looks each one up, since a token can bring a thousand. */
function joined(some: Captures[], others: Captures[]): Captures[] {
  const mine = some.flatMap(Object.keys);
  const shared = [...new Set(others.flatMap(Object.keys))].filter((name) => mine.includes(name));
  const keyOf = (captures: Captures) => JSON.stringify(shared.map((name) => captures[name]));
  const byKey = Map.groupBy(others, keyOf);
  const combinations = some.flatMap((one) =>
    (byKey.get(keyOf(one)) ?? []).slice(0, mostCombinations).map((other) => ({ ...one, ...other })),
  );
  return combinations.slice(0, mostCombinations);
}
