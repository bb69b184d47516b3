import { claimsPutIn, expandTemplate } from "./claim-template.ts";
import { conditionsOf, isMet } from "./condition.ts";
import type { Config } from "./config.ts";
import { type GrantedDuration, grantDuration, issuerLimitSeconds } from "./duration.ts";
import { VendError } from "./errors.ts";
import type { Grant } from "./grant.ts";
import type { Principal } from "./principal.ts";
import { covers, narrow, type Scope, type Wish } from "./scope.ts";
import { attributesOf, type SessionAttributes } from "./session-attributes.ts";
import { enforcementOf, type Storage } from "./storage.ts";

/** What a request asks for; what it leaves out is left to the grant. */
export interface Ask extends Wish {
  storage: string;
  durationSeconds?: number;
}

/** A grant that applies to a principal, with what its templates come to. */
export interface ApplicableGrant {
  grant: Grant;
  scope: Scope;
  attributes: SessionAttributes;
}

/** The decision that a request may be answered. */
export interface Authorization extends GrantedDuration {
  storage: Storage;
  grant: Grant;
  scope: Scope;
  attributes: SessionAttributes;
  /** The claims that the decision rests on: with them it can be taken again, by the warmer. */
  evidence: Principal["claims"];
}

/** One answer for a storage that is unknown and for one without a grant, so that names cannot be probed. */
const noGrant = () => new VendError("no_grant", "No grant of yours covers this request.");

/**
 * The grants of a storage that a principal has, in the order of the configuration.
 */
export function grantsFor(config: Config, principal: Principal, storage: Storage): ApplicableGrant[] {
  return config.grants.flatMap((grant) => {
    if (grant.storage !== storage.name || grant.mode !== "enforce" || !matches(grant, principal)) return [];
    const prefix = expandTemplate(grant.prefix, principal.claims);
    const attributes = attributesOf(grant, principal.claims);
    if (prefix === undefined || attributes === undefined) return [];
    const scope = {
      bucket: storage.bucket,
      prefixes: [storage.prefix + prefix],
      permission: grant.permission,
    };
    return [{ grant, scope, attributes }];
  });
}

/**
 * Decides whether a principal gets what it asks for. Pure; stands before every look into a cache.
 *
 * @throws VendError `no_grant`; `choose_target` when several grants could be meant; `not_scopable` when less than the
 * whole is asked of a storage whose way cannot scope.
 * @example authorize(config, principal, { storage: "lake", permission: "READ" }).scope
 */
export function authorize(config: Config, principal: Principal, ask: Ask): Authorization {
  const storage = config.storages.get(ask.storage);
  if (storage === undefined) throw noGrant();
  const candidates = grantsFor(config, principal, storage).flatMap(({ grant, scope, attributes }) => {
    const narrowed = narrow(scope, ask);
    return narrowed.ok
      ? [{ grant, scope: narrowed.scope, attributes, whole: covers(narrowed.scope, scope) }]
      : [];
  });
  if (candidates.length === 0) throw noGrant();
  const widest = candidates.filter(({ scope }) => candidates.every((other) => covers(scope, other.scope)));
  const chosen = widest.toSorted((a, b) => b.grant.maxDurationSeconds - a.grant.maxDurationSeconds)[0];
  if (chosen === undefined) {
    throw new VendError(
      "choose_target",
      "Several grants could be meant: name a target and a permission. GET /v1/storages lists yours.",
    );
  }
  if (storage.issue !== "none" && enforcementOf[storage.issue] !== "session-policy" && !chosen.whole) {
    throw new VendError(
      "not_scopable",
      `Storage ${storage.name} issues by ${storage.issue}, which cannot be narrowed: ask without target and permission.`,
    );
  }
  const { grant, scope, attributes } = chosen;
  const limits = {
    grant: grant.maxDurationSeconds,
    storage: storage.maxDurationSeconds,
    issuer: issuerLimitSeconds(storage),
  };
  return {
    storage,
    grant,
    scope,
    attributes,
    evidence: evidenceOf(grant, principal),
    ...grantDuration(ask.durationSeconds, limits),
  };
}

/**
 * The names of the grants in audit mode each of which would have allowed the request by itself. They are for the audit
 * trail; nothing is decided by them.
 *
 * @example wouldGrant(config, principal, { storage: "lake" }) // ["lake-readers"]
 */
export function wouldGrant(config: Config, principal: Principal, ask: Ask): string[] {
  const allows = (grant: Grant) => {
    try {
      authorize({ ...config, grants: [{ ...grant, mode: "enforce" }] }, principal, ask);
      return true;
    } catch {
      return false;
    }
  };
  return config.grants.filter((grant) => grant.mode === "audit" && allows(grant)).map(({ name }) => name);
}

function matches(grant: Grant, principal: Principal): boolean {
  return grant.issuer === principal.issuer && conditionsOf(grant, principal).every(isMet);
}

function evidenceOf(grant: Grant, principal: Principal): Principal["claims"] {
  const names = new Set([...Object.keys(grant.claims), ...claimsPutIn(grant)]);
  return Object.fromEntries(Object.entries(principal.claims).filter(([name]) => names.has(name)));
}
