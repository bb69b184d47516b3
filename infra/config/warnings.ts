import { isDeepStrictEqual } from "node:util";
import { claimNamesIn, expandTemplate, templateClaims } from "../../shared/core/claim-template.ts";
import type { Config } from "../../shared/core/config.ts";
import { matchesGlob } from "../../shared/core/glob.ts";
import type { Grant } from "../../shared/core/grant.ts";
import { contains } from "../../shared/core/prefix.ts";
import { wayOf } from "../../shared/core/ways.ts";
import { type ConfigFault, type Place, pathOf } from "./faults.ts";
import { warnOfIdentities } from "./identity-warnings.ts";

/**
 * What is allowed and yet probably not meant, or worth a second look in a review. Not part of what is deployed.
 *
 * @example warningsOf(config).map(({ path, message }) => `${path}: ${message}`)
 */
export function warningsOf(config: Config, now = Date.now()): ConfigFault[] {
  const warnings: ConfigFault[] = [];
  const warn = (place: Place, message: string) => warnings.push({ path: pathOf(place), place, message });

  warnOfIdentities(config, now, warn);
  const namedStorages = new Set(config.grants.all.map((grant) => grant.storage));
  for (const storage of config.storages.values()) {
    if (wayOf(storage).scopeHeldBy === "none") {
      warn(
        ["storages", storage.name],
        "hands out its long-term key: whoever was granted it once has it until it rotates",
      );
    }
    if (!namedStorages.has(storage.name)) {
      warn(["storages", storage.name], "is named by no grant, so nobody may use it");
    }
  }
  const places = new Map(config.grants.all.map((grant, index) => [grant, index]));
  for (const [grant, index] of places) {
    const never = neverMatches(grant, config);
    if (never !== undefined) warn(["grants", index, ...never.place], never.reason);
    const shadow = possibleShadows(grant, config).find(
      // A decision takes the first of two equal grants. A narrower one that stands first still tells STS its own attributes.
      (other) =>
        shadows(other, grant) &&
        ((places.get(other) ?? 0) < index || (!shadows(grant, other) && tellAlike(grant, other))),
    );
    if (shadow !== undefined) warn(["grants", index], `adds nothing: ${shadow.name} allows all of it`);
    for (const { place, claim } of unrequiredClaims(grant, config)) {
      warn(
        ["grants", index, ...place],
        `refers to the claim ${claim}, which ${config.issuers.has(grant.issuer) ? `issuers.${grant.issuer} does not require` : "not every caller has"}`,
      );
    }
    const longest = config.storages.get(grant.storage)?.maxDurationSeconds ?? 0;
    if (grant.maxDurationSeconds > longest) {
      warn(["grants", index, "maxDurationSeconds"], `is above the ${longest} of its storage, which caps it`);
    }
  }
  return warnings;
}

function neverMatches(grant: Grant, config: Config): { place: Place; reason: string } | undefined {
  const iss = config.issuers.get(grant.issuer)?.issuer ?? "";
  if (grant.claims["iss"]?.every((pattern) => !matchesGlob(pattern, iss))) {
    return {
      place: ["claims", "iss"],
      reason: `can never match: tokens of issuers.${grant.issuer} have another iss`,
    };
  }
  const { sub } = grant.claims;
  if (sub && grant.subject && disjoint(sub, grant.subject)) {
    return { place: ["claims", "sub"], reason: "can never match together with the subject" };
  }
  const unusable = templateClaims(grant).find((claim) =>
    grant.claims[claim]?.every(
      (value) => isLiteral(value) && expandTemplate(`\${claims.${claim}}`, () => value) === undefined,
    ),
  );
  if (unusable === undefined) return undefined;
  return { place: ["claims", unusable], reason: "can never match: no such value may be put in anywhere" };
}

const isLiteral = (pattern: string) => !pattern.includes("*");

/** Sure only of literal patterns on one side; of two globs it is not said. */
function disjoint(some: readonly string[], others: readonly string[]): boolean {
  return some.every((a) =>
    others.every((b) => (isLiteral(a) || isLiteral(b)) && !matchesGlob(a, b) && !matchesGlob(b, a)),
  );
}

/**
 * The grants that might allow all that this one does. What covers its patterns by literals has these very patterns among
 * them, so that the index finds it as if the patterns were a caller's values.
 */
function possibleShadows({ issuer, storage, subject, claims }: Grant, { grants }: Config): Grant[] {
  return grants.candidates(storage, { issuer, subject: subject?.[0] ?? "*", claims });
}

/** Does the wider grant allow all that the narrower one does, to everyone whom that one allows it? */
function shadows(wider: Grant, narrower: Grant): boolean {
  return (
    wider.mode === "enforce" &&
    wider.issuer === narrower.issuer &&
    wider.storage === narrower.storage &&
    (wider.permission === "READWRITE" || wider.permission === narrower.permission) &&
    wider.maxDurationSeconds >= narrower.maxDurationSeconds &&
    contains(wider.prefix, narrower.prefix) &&
    templateClaims(wider).every((claim) => templateClaims(narrower).includes(claim)) &&
    anyCovers(wider.subject ?? ["*"], narrower.subject) &&
    Object.entries(wider.claims).every(
      ([claim, patterns]) =>
        Object.hasOwn(narrower.claims, claim) && anyCovers(patterns, narrower.claims[claim]),
    )
  );
}

function tellAlike(one: Grant, other: Grant): boolean {
  const told = ({ sourceIdentity, sessionTags }: Grant) => [sourceIdentity, sessionTags];
  return isDeepStrictEqual(told(one), told(other));
}

/** A star in a narrower pattern is text like any other to the wider one: only a star of its own can take it. */
function anyCovers(wider: readonly string[], narrower: readonly string[] = ["*"]): boolean {
  return narrower.every((pattern) => wider.some((wide) => matchesGlob(wide, pattern)));
}

function unrequiredClaims(grant: Grant, config: Config): { place: Place; claim: string }[] {
  const sure = new Set(["sub", ...certainClaims(grant.issuer, config), ...Object.keys(grant.claims)]);
  const templates: [Place, string][] = [
    [["prefix"], grant.prefix],
    [["sourceIdentity"], grant.sourceIdentity ?? ""],
    ...Object.entries(grant.sessionTags ?? {}).map(([key, value]): [Place, string] => [
      ["sessionTags", key],
      value,
    ]),
  ];
  return templates.flatMap(([place, template]) =>
    claimNamesIn(template).flatMap((claim) => (sure.has(claim) ? [] : [{ place, claim }])),
  );
}

/** Claims that every caller of an issuer has, besides the subject. */
function certainClaims(issuer: string, { issuers, apiTokens }: Config): string[] {
  if (issuer === "aws") return ["account", "arn", "userId"];
  const [first, ...others] = apiTokens;
  if (issuer === "api-token")
    return Object.keys(first?.claims ?? {}).filter((claim) =>
      others.every(({ claims }) => Object.hasOwn(claims, claim)),
    );
  return ["iss", ...Object.keys(issuers.get(issuer)?.requiredClaims ?? {})];
}
