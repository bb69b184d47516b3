import type { FailedCondition, NearMiss } from "../contract.ts";
import { applyGrant } from "../core/applicable-grant.ts";
import type { Ask } from "../core/ask.ts";
import type { Circumstances } from "../core/circumstances.ts";
import { expandTemplate, templateClaims } from "../core/claim-template.ts";
import { type ClaimValue, createClaimReader, type ReadClaim } from "../core/claims.ts";
import { type Condition, conditionsOf, matchesAny } from "../core/condition.ts";
import type { Config } from "../core/config.ts";
import type { Grant } from "../core/grant.ts";
import { narrow } from "../core/scope.ts";
import type { Storage } from "../core/storage.ts";

/** Every caller of an issuer has them, with values that the issuer gives to all. */
const sharedByAllCallers = ["issuer", "claims.iss", "claims.aud"];

/**
 * The grants that nearly cover a request, by what each of them failed at.
 *
 * A grant is nearly a caller's when the caller meets one of its conditions, and not merely one that any caller of the
 * issuer meets (`*`, `iss`, `aud`). All others are somebody else's, and so are grants in audit mode, which are nobody's:
 * that they exist is not told. Of those that are told, the caller learns the names of the conditions that it failed, and
 * neither the grant's name, which may be another tenant's, nor its patterns, nor how many grants are alike.
 *
 * Unlike a decision this looks at all grants of the storage for callers of the issuer.
 *
 * @example nearMisses(config, { principal, now }, { storage: "lake" })
 * // [{ Failed: [{ Condition: "claims.role", Reason: "no_match", Value: "guest" }] }]
 */
export function nearMisses(config: Config, circumstances: Circumstances, ask: Ask): NearMiss[] {
  const storage = config.storages.get(ask.storage);
  if (storage === undefined) return [];
  const { principal } = circumstances;
  const { read } = createClaimReader(principal.claims);
  const misses = config.grants.of(storage.name, principal.issuer).flatMap((grant) => {
    if (grant.mode !== "enforce") return [];
    const conditions = conditionsOf(grant, circumstances, read);
    const failed = conditions.filter(({ isMet }) => !isMet);
    if (failed.length === 0) return missOfOwn(grant, storage, circumstances, ask, read);
    if (!conditions.some(isMetOnPurpose)) return [];
    return [{ Failed: failed.map(({ of, value }) => failure(of, "no_match", value)) }];
  });
  return [...new Map(misses.map((miss) => [JSON.stringify(miss), miss])).values()];
}

function isMetOnPurpose({ of, patterns, value }: Condition): boolean {
  const telling = patterns.filter((pattern) => /[^*]/.test(pattern));
  return !sharedByAllCallers.includes(of) && matchesAny(telling, value);
}

/** A grant whose conditions are all met. */
function missOfOwn(
  grant: Grant,
  storage: Storage,
  circumstances: Circumstances,
  ask: Ask,
  read: ReadClaim,
): NearMiss[] {
  const own = applyGrant(grant, storage, "enforce", circumstances);
  if (own === undefined) return [{ Grant: grant.name, Failed: unfitClaims(grant, read) }];
  const narrowing = narrow(own.scope, ask);
  if (narrowing.ok) return [];
  const of = narrowing.beyond === "permission" ? "permission" : "target";
  return [{ Grant: grant.name, Failed: [{ Condition: of, Reason: "beyond_grant" }] }];
}

/** The claims that cannot be put into the grant's templates; all of them where the fault is in what they make together. */
function unfitClaims(grant: Grant, read: ReadClaim): FailedCondition[] {
  const names = [...new Set(templateClaims(grant))];
  const unfit = names.filter((name) => expandTemplate(`\${claims.${name}}`, read) === undefined);
  return (unfit.length > 0 ? unfit : names).map((name) => failure(`claims.${name}`, "not_plain", read(name)));
}

function failure(condition: string, reason: "no_match" | "not_plain", value: ClaimValue): FailedCondition {
  return value === undefined
    ? { Condition: condition, Reason: "missing" }
    : { Condition: condition, Reason: reason, Value: value };
}
