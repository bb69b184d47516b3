import type { FailedCondition, NearMiss } from "../contract.ts";
import { type Ask, grantsFor } from "../core/authorize.ts";
import { claimOf, claimsPutIn, expandTemplate } from "../core/claim-template.ts";
import { type Condition, conditionsOf, isMet } from "../core/condition.ts";
import type { Config } from "../core/config.ts";
import type { Grant } from "../core/grant.ts";
import type { ClaimValue, Principal } from "../core/principal.ts";
import { narrow } from "../core/scope.ts";
import type { Storage } from "../core/storage.ts";

/** Every caller of an issuer has them, with values that the issuer gives to all. */
const saysNothing = ["claims.iss", "claims.aud"];

/**
 * The grants that nearly cover a request, by what each of them failed at.
 *
 * A grant is nearly a caller's when the caller meets one of its conditions, and not merely one that any caller of the
 * issuer meets (`*`, `iss`, `aud`). All others are somebody else's, and so are grants in audit mode, which are nobody's:
 * that they exist is not told. Of those that are told, the caller learns the names of the conditions that it failed, and
 * neither the grant's name, which may be another tenant's, nor its patterns, nor how many grants are alike.
 *
 * @example nearMisses(config, principal, { storage: "lake" })
 * // [{ Failed: [{ Condition: "claims.role", Reason: "no_match", Value: "guest" }] }]
 */
export function nearMisses(config: Config, principal: Principal, ask: Ask): NearMiss[] {
  const storage = config.storages.get(ask.storage);
  if (storage === undefined) return [];
  const theirs = config.grants.filter(
    (grant) =>
      grant.storage === storage.name && grant.issuer === principal.issuer && grant.mode === "enforce",
  );
  const misses = theirs.flatMap((grant) => {
    const conditions = conditionsOf(grant, principal);
    const failed = conditions.filter((condition) => !isMet(condition));
    if (failed.length === 0) return missOfOwn(grant, principal, ask, config, storage);
    if (!conditions.some(isMetOnPurpose)) return [];
    return [{ Failed: failed.map(({ of, value }) => failure(of, "no_match", value)) }];
  });
  return [...new Map(misses.map((miss) => [JSON.stringify(miss), miss])).values()];
}

function isMetOnPurpose({ patterns, ...condition }: Condition): boolean {
  const telling = patterns.filter((pattern) => /[^*]/.test(pattern));
  return !saysNothing.includes(condition.of) && isMet({ ...condition, patterns: telling });
}

/** A grant whose conditions are all met. */
function missOfOwn(
  grant: Grant,
  principal: Principal,
  ask: Ask,
  config: Config,
  storage: Storage,
): NearMiss[] {
  const [own] = grantsFor({ ...config, grants: [grant] }, principal, storage);
  if (own === undefined) return [{ Grant: grant.name, Failed: unfitClaims(grant, principal) }];
  const narrowed = narrow(own.scope, ask);
  if (narrowed.ok) return [];
  const of = narrowed.beyond === "permission" ? "permission" : "target";
  return [{ Grant: grant.name, Failed: [{ Condition: of, Reason: "beyond_grant" }] }];
}

/** The claims that cannot be put into the grant's templates; all of them where it is what they make together. */
function unfitClaims(grant: Grant, { claims }: Principal): FailedCondition[] {
  const names = [...new Set(claimsPutIn(grant))];
  const unfit = names.filter((name) => expandTemplate(`\${claims.${name}}`, claims) === undefined);
  return (unfit.length > 0 ? unfit : names).map((name) =>
    failure(`claims.${name}`, "not_plain", claimOf(claims, name)),
  );
}

function failure(condition: string, reason: "no_match" | "not_plain", value: ClaimValue): FailedCondition {
  return value === undefined
    ? { Condition: condition, Reason: "missing" }
    : { Condition: condition, Reason: reason, Value: value };
}
