import { isDeepStrictEqual } from "node:util";
import type { Config } from "../../shared/core/config.ts";
import { matchesGlob } from "../../shared/core/glob.ts";
import type { Grant } from "../../shared/core/grant.ts";
import { contains } from "../../shared/core/prefix.ts";
import { templateClaims } from "../../shared/core/template.ts";

/**
 * Finds, for a grant, another one that allows all of it, so that it adds nothing.
 *
 * @example shadowFinder(config)(grant)?.name // "everything-of-acme"
 */
export function shadowFinder({ grants }: Config): (grant: Grant) => Grant | undefined {
  const places = new Map(grants.all.map((grant, index) => [grant, index]));
  const placeOf = (grant: Grant) => places.get(grant) ?? 0;
  return (grant) =>
    possibleShadows(grant, grants).find(
      // A decision takes the first of two equal grants. A narrower one that stands first still tells STS its own attributes.
      (other) =>
        shadows(other, grant) &&
        (placeOf(other) < placeOf(grant) || (!shadows(grant, other) && areToldAlike(grant, other))),
    );
}

/**
 * The grants that might allow all that this one does. What covers its patterns by literals has these very patterns among
 * them, so that the index finds it as if the patterns were a caller's values.
 */
function possibleShadows({ issuer, storage, subject, claims }: Grant, grants: Config["grants"]): Grant[] {
  const [first = ""] = issuer;
  return grants.candidates(storage, { issuer: first, subject: subject?.[0] ?? "*", claims });
}

/** Does the wider grant allow all that the narrower one does, to every caller for which that one allows it? */
function shadows(wider: Grant, narrower: Grant): boolean {
  return (
    wider.mode === "enforce" &&
    narrower.issuer.every((issuer) => wider.issuer.includes(issuer)) &&
    wider.storage === narrower.storage &&
    (wider.permission === "READWRITE" || wider.permission === narrower.permission) &&
    wider.maxDurationSeconds >= narrower.maxDurationSeconds &&
    (wider.expires ?? Number.POSITIVE_INFINITY) >= (narrower.expires ?? Number.POSITIVE_INFINITY) &&
    (wider.sourceIps === undefined || isDeepStrictEqual(wider.sourceIps, narrower.sourceIps)) &&
    contains(wider.prefix, narrower.prefix) &&
    templateClaims(wider).every((claim) => templateClaims(narrower).includes(claim)) &&
    anyCovers(wider.subject ?? ["*"], narrower.subject) &&
    Object.entries(wider.claims).every(
      ([claim, patterns]) =>
        Object.hasOwn(narrower.claims, claim) && anyCovers(patterns, narrower.claims[claim]),
    )
  );
}

function areToldAlike(one: Grant, other: Grant): boolean {
  const attributes = ({ sourceIdentity, sessionTags }: Grant) => [sourceIdentity, sessionTags];
  return isDeepStrictEqual(attributes(one), attributes(other));
}

/** A star in a narrower pattern is text like any other to the wider one: only a star of its own can take it. */
function anyCovers(wider: readonly string[], narrower: readonly string[] = ["*"]): boolean {
  return narrower.every((pattern) => wider.some((wide) => matchesGlob(wide, pattern)));
}
