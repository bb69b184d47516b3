import type { FailedCondition, NearMiss } from "../contract.ts";
import { type ApplicableGrant, applyGrant, combined } from "../core/applicable-grant.ts";
import type { Ask } from "../core/ask.ts";
import type { Circumstances } from "../core/circumstances.ts";
import { type ClaimValue, createClaimReader, type ReadClaim } from "../core/claims.ts";
import { type Condition, conditionsOf, isMet, textsOf } from "../core/condition.ts";
import type { Config } from "../core/config.ts";
import type { Grant } from "../core/grant.ts";
import { isLiteral } from "../core/pattern.ts";
import { narrow } from "../core/scope.ts";
import { expandTemplate, templateClaims } from "../core/template.ts";

/** Many callers share these values, so they do not identify one. */
const sharedByMany = ["true", "false"];

/**
 * The grants that nearly cover a request, by what each of them failed at.
 *
 * A grant is nearly a caller's when the caller has a value that the grant names literally, and not one that any caller may
 * have (`true`, `false`, `iss`, `aud`, or any value that a pattern matches). The answer does not show that other grants
 * exist, nor that there are grants in audit mode. Of a near miss the caller learns the names of the conditions that it
 * failed. It learns neither the grant's name, which may be another tenant's, nor its patterns, nor how many grants are alike.
 *
 * Unlike a decision this looks at all grants of the storage for callers of the issuer.
 *
 * @example nearMisses(config, circumstances, { storage: "lake" })
 * // [{ Failed: [{ Condition: "claims.role", Reason: "no_match", Value: "guest" }] }]
 */
export function nearMisses(config: Config, request: Circumstances, ask: Ask): NearMiss[] {
  const storage = config.storages.get(ask.storage);
  if (storage === undefined) return [];
  const circumstances = { ...request, sts: ask.sts };
  const { principal } = circumstances;
  const sharedByAllCallers = claimsOfAllCallers(principal.issuer, config);
  const isTelling = (condition: Condition) =>
    !sharedByAllCallers.includes(condition.of) && isMetByLiteral(condition);
  const { read } = createClaimReader(principal.claims);
  const misses = config.grants.of(storage.name, principal.issuer).flatMap((grant) => {
    if (grant.mode !== "enforce") return [];
    const conditions = conditionsOf(grant, circumstances, read);
    const unmet = unmetOf(conditions);
    if (unmet.length === 0) {
      const own = applyGrant(grant, storage, "enforce", circumstances);
      return own.length > 0
        ? beyondOwn(grant.name, own, ask)
        : [{ Grant: grant.name, Failed: unfit(grant, conditions, read) }];
    }
    return conditions.some(isTelling) ? [{ Failed: unmet.map(failureOf) }] : [];
  });
  return [...new Map(misses.map((miss) => [JSON.stringify(miss), miss])).values()];
}

/**
 * The conditions that are not met. If each is met alone but they capture different values under one name, the conditions
 * that capture.
 */
function unmetOf(conditions: Condition[]): Condition[] {
  const unmet = conditions.filter((condition) => !isMet(condition));
  if (unmet.length > 0 || combined(conditions).length > 0) return unmet;
  return capturing(conditions);
}

function capturing(conditions: Condition[]): Condition[] {
  return conditions.filter(({ captures }) => captures.some((names) => Object.keys(names).length > 0));
}

/** Conditions on claims that every caller of an issuer has, with values that are the same for all. */
function claimsOfAllCallers(issuer: string, { issuers }: Config): string[] {
  const required = Object.entries(issuers.get(issuer)?.requiredClaims ?? {});
  const withValues = required.flatMap(([name, values]) => (values.length > 0 ? [name] : []));
  return ["iss", "aud", ...withValues].map((name) => `claims.${name}`);
}

function isMetByLiteral({ patterns, value }: Condition): boolean {
  const telling = patterns.filter((pattern) => isLiteral(pattern) && !sharedByMany.includes(pattern));
  return textsOf(value).some((text) => telling.includes(String(text)));
}

/** What an ask wants beyond a grant that applies; nothing if the grant allows it. */
function beyondOwn(name: string, own: ApplicableGrant[], ask: Ask): NearMiss[] {
  const narrowings = own.map(({ scope }) => narrow(scope, ask));
  if (narrowings.some(({ ok }) => ok)) return [];
  return narrowings.map((narrowing) => ({
    Grant: name,
    Failed: [
      {
        Condition: !narrowing.ok && narrowing.beyond === "permission" ? "permission" : "target",
        Reason: "beyond_grant",
      },
    ],
  }));
}

/**
 * The claims that cannot be put into the grant's templates; all of them if each one could, but not together. If the
 * templates have no claims, the conditions that capture: what they capture does not fit.
 */
function unfit(grant: Grant, conditions: Condition[], read: ReadClaim): FailedCondition[] {
  const names = [...new Set(templateClaims(grant))];
  if (names.length === 0)
    return capturing(conditions).map(({ of, value }) => failure(of, "not_plain", value));
  const unfitNames = names.filter(
    (name) => expandTemplate(`\${claims.${name}}`, { read, captures: {} }) === undefined,
  );
  return (unfitNames.length > 0 ? unfitNames : names).map((name) =>
    failure(`claims.${name}`, "not_plain", read(name)),
  );
}

function failureOf({ of, value, isNotPlain }: Condition): FailedCondition {
  return failure(of, isNotPlain ? "not_plain" : "no_match", value);
}

function failure(condition: string, reason: "no_match" | "not_plain", value: ClaimValue): FailedCondition {
  return value === undefined
    ? { Condition: condition, Reason: "missing" }
    : { Condition: condition, Reason: reason, Value: value };
}
