import { isDeepStrictEqual } from "node:util";
import type { Config } from "../../shared/core/config.ts";
import { matchesGlob } from "../../shared/core/glob.ts";
import type { Grant } from "../../shared/core/grant.ts";
import { contains } from "../../shared/core/prefix.ts";
import { templateClaims } from "../../shared/core/template.ts";

/**
 * Makes a function that finds the shadow of a grant: another grant that allows all of it, so that the first adds
 * nothing.
 *
 * @example shadowFinder(config)(grant)?.name // "everything-of-acme"
 */
export function shadowFinder({ grants }: Config): (grant: Grant) => Grant | undefined {
  const places = new Map(grants.all.map((grant, index) => [grant, index]));
  const placeOf = (grant: Grant) => places.get(grant) ?? 0;
  return (grant) =>
    possibleShadows(grant, grants).find(
      // Of two equal grants a decision takes the first. A narrower grant that stands first still gives STS its own
      // attributes.
      (other) =>
        shadows(other, grant) &&
        (placeOf(other) < placeOf(grant) || (!shadows(grant, other) && haveSameAttributes(grant, other))),
    );
}

/**
 * The grants that might allow all that this one allows. If another grant covers a pattern by a literal, the two are
 * equal. So the index finds the other grant as if this grant's patterns were a caller's values.
 */
export function possibleShadows(
  { issuer, storage, subject, claims }: Grant,
  grants: Config["grants"],
): Grant[] {
  const [first = ""] = issuer;
  return grants.candidates(storage, { issuer: first, subject: subject?.[0] ?? "*", claims });
}

/** Whether the wider grant allows all that the narrower one allows, to every caller of the narrower one. */
function shadows(wider: Grant, narrower: Grant): boolean {
  return (
    wider.storage === narrower.storage &&
    isForAllOf(wider, narrower) &&
    (wider.permission === "READWRITE" || wider.permission === narrower.permission) &&
    (narrower.also ?? []).every((group) => wider.also?.includes(group)) &&
    wider.maxDurationSeconds >= narrower.maxDurationSeconds &&
    contains(wider.prefix, narrower.prefix)
  );
}

/**
 * Whether the wider grant is in force for every caller of the narrower one, in all of its circumstances, and its folder has a value
 * for each of them.
 */
export function isForAllOf(wider: Grant, narrower: Grant): boolean {
  return (
    wider.mode === "enforce" &&
    narrower.issuer.every((issuer) => wider.issuer.includes(issuer)) &&
    (wider.expires ?? Number.POSITIVE_INFINITY) >= (narrower.expires ?? Number.POSITIVE_INFINITY) &&
    (wider.sourceIps === undefined || isDeepStrictEqual(wider.sourceIps, narrower.sourceIps)) &&
    (wider.externalId === undefined || wider.externalId === narrower.externalId) &&
    templateClaims(wider).every((claim) => templateClaims(narrower).includes(claim)) &&
    anyCovers(wider.subject ?? ["*"], narrower.subject) &&
    Object.entries(wider.claims).every(
      ([claim, patterns]) =>
        Object.hasOwn(narrower.claims, claim) && anyCovers(patterns, narrower.claims[claim]),
    )
  );
}

function haveSameAttributes(one: Grant, other: Grant): boolean {
  const attributes = ({ sourceIdentity, sessionTags }: Grant) => [sourceIdentity, sessionTags];
  return isDeepStrictEqual(attributes(one), attributes(other));
}

/** To the wider pattern a star of the narrower one is text like any other: only a star of its own matches it. */
function anyCovers(wider: readonly string[], narrower: readonly string[] = ["*"]): boolean {
  return narrower.every((pattern) => wider.some((wide) => matchesGlob(wide, pattern)));
}
