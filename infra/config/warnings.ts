import { isPointer } from "../../shared/core/claims.ts";
import type { Config } from "../../shared/core/config.ts";
import { matchesGlob } from "../../shared/core/glob.ts";
import type { Grant } from "../../shared/core/grant.ts";
import { isInRanges } from "../../shared/core/ip-range.ts";
import { captureNamesIn, isDeepIn, isLiteral } from "../../shared/core/pattern.ts";
import { claimNamesIn, expandTemplate, referencesIn, templateClaims } from "../../shared/core/template.ts";
import { wayOf } from "../../shared/core/ways.ts";
import { type ConfigFault, type ConfigPlace, listOfFaults, type Report, under } from "./faults.ts";
import { warnOfRivals } from "./grant-rivals.ts";
import { shadowFinder } from "./grant-shadows.ts";
import { templatesWithPlaces } from "./grant-templates.ts";
import { warnOfIdentities } from "./identity-warnings.ts";
import { warnOfUnshared } from "./sharing-warnings.ts";
import { warnOfStores } from "./store-warnings.ts";
import { warnOfVisibleNames } from "./visible-names.ts";

/**
 * Warnings of entries that are allowed but probably not meant, or that a review should look at twice. The functions do
 * not carry this code.
 *
 * @example warningsOf(config).map(({ path, message }) => `${path}: ${message}`)
 */
export function warningsOf(config: Config, now = Date.now()): ConfigFault[] {
  const { faults: warnings, report: warn } = listOfFaults();

  warnOfIdentities(config, now, warn);
  warnOfStores(config, warn);
  warnOfVisibleNames(config, warn);
  warnOfRivals(config, warn);
  warnOfUnshared(config, warn);
  const namedStorages = new Set(config.grants.all.map((grant) => grant.storage));
  for (const storage of config.storages.values()) {
    if (wayOf(storage).scopeHeldBy === "none") {
      warn(
        ["storages", storage.name],
        "gives clients its long-term key: a caller that was granted it once has it until the key is rotated",
      );
    }
    if (!namedStorages.has(storage.name)) {
      warn(["storages", storage.name], "is named by no grant, so nobody may use it");
    }
  }
  const shadowOf = shadowFinder(config);
  for (const [index, grant] of config.grants.all.entries()) {
    const warnHere = under(warn, "grants", index);
    const never = neverMatches(grant, config, now);
    if (never !== undefined) warnHere(never.place, never.reason);
    const shadow = shadowOf(grant);
    if (shadow !== undefined) warnHere([], `adds nothing: ${shadow.name} allows all of it`);
    warnOfClaims(grant, config, warnHere);
    warnOfFolders(grant, warnHere);
    const longest = config.storages.get(grant.storage)?.maxDurationSeconds ?? 0;
    if (grant.maxDurationSeconds > longest) {
      warnHere(["maxDurationSeconds"], `is above ${longest}, the limit of its storage, which caps it`);
    }
  }
  return warnings;
}

interface Reason {
  place: ConfigPlace;
  reason: string;
}

function neverMatches(grant: Grant, config: Config, now: number): Reason | undefined {
  if (grant.expires !== undefined && grant.expires <= now)
    return { place: ["expires"], reason: "has passed: the grant gives nothing any more" };
  if (grant.sourceIps?.every(isNeverPublic))
    return {
      place: ["sourceIps"],
      reason:
        "can never match on AWS: API Gateway sees public addresses only, and behind a front such as CloudFront only those of the front",
    };
  if (grant.externalId !== undefined && !grant.issuer.includes("client-key"))
    return {
      place: ["externalId"],
      reason: "can never match: only AssumeRole has one, which callers sign with a client key",
    };
  const addresses = grant.issuer.map((name) => config.issuers.get(name)?.issuer ?? "");
  if (grant.claims["iss"]?.every((pattern) => !addresses.some((iss) => matchesGlob(pattern, iss)))) {
    return {
      place: ["claims", "iss"],
      reason: `can never match: tokens of issuers.${grant.issuer.join(", ")} have another iss`,
    };
  }
  const { sub } = grant.claims;
  if (sub && grant.subject && areDisjoint(sub, grant.subject)) {
    return { place: ["claims", "sub"], reason: "can never match together with the subject" };
  }
  const unusable = templateClaims(grant).find(
    (claim) =>
      Object.hasOwn(grant.claims, claim) &&
      grant.claims[claim]?.every((value) => isLiteral(value) && !isUsable(value)),
  );
  if (unusable === undefined) return undefined;
  return { place: ["claims", unusable], reason: "can never match: no template accepts such a value" };
}

function isUsable(value: string): boolean {
  return expandTemplate("${claims.it}", { read: () => value, captures: {} }) !== undefined;
}

/** Ranges that are not routed on the internet. */
const privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "fc00::/7", "::1/128"];

function isNeverPublic(range: string): boolean {
  return isInRanges(range.split("/")[0] ?? "", privateRanges);
}

/** Whether no value matches both. Of two globs it is not known, and the answer is no. */
function areDisjoint(some: readonly string[], others: readonly string[]): boolean {
  return some.every((a) =>
    others.every((b) => {
      if (a.includes("{") || b.includes("{")) return false;
      return (isLiteral(a) || isLiteral(b)) && !matchesGlob(a, b) && !matchesGlob(b, a);
    }),
  );
}

function warnOfClaims(grant: Grant, config: Config, warn: Report): void {
  for (const name of Object.keys(grant.claims)) {
    const pointer = `/${name.replaceAll(".", "/")}`;
    if (!isPointer(name) && /^\w[\w-]*(\.[\w-]+)+$/.test(name))
      warn(["claims", name], `is a top-level claim with dots in its name: a nested one would be ${pointer}`);
  }
  const certain = grant.issuer.map((issuer) => new Set(["sub", ...certainClaims(issuer, config)]));
  for (const [place, template] of templatesWithPlaces(grant)) {
    for (const claim of claimNamesIn(template)) {
      if (Object.hasOwn(grant.claims, claim)) continue;
      const without = grant.issuer.find((_, index) => !certain[index]?.has(claim));
      if (without === undefined) continue;
      const lack = config.issuers.has(without)
        ? `issuers.${without} does not require`
        : "not every caller has";
      warn(place, `refers to the claim ${claim}, which ${lack}`);
    }
  }
}

/** Claims that every caller of an issuer has, besides the subject. */
function certainClaims(issuer: string, { issuers, apiTokens, clientKeys }: Config): string[] {
  if (issuer === "aws") return ["account", "arn", "userId"];
  const [first, ...others] = issuer === "api-token" ? apiTokens : clientKeys;
  if (issuer === "api-token" || issuer === "client-key")
    return Object.keys(first?.claims ?? {}).filter((claim) =>
      others.every(({ claims }) => Object.hasOwn(claims, claim)),
    );
  return ["iss", ...Object.keys(issuers.get(issuer)?.requiredClaims ?? {})];
}

function warnOfFolders({ issuer, prefix, subject = [], claims }: Grant, warn: Report): void {
  if (issuer.length > 1 && referencesIn(prefix).length > 0)
    warn(["prefix"], "makes one folder of the same values at different issuers: their callers share it");
  const patterns = [...subject, ...Object.values(claims).flat()];
  const deep = new Set(
    patterns.flatMap((pattern) => captureNamesIn(pattern).filter((name) => isDeepIn(pattern, name))),
  );
  for (const { kind, name } of referencesIn(prefix)) {
    if (kind === "capture" && deep.has(name))
      warn(
        ["prefix"],
        `has folders within folders: where {${name}...} is a, its folder contains the folder where it is a/b`,
      );
  }
}
