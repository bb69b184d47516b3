import { type ApplicableGrant, applyGrant } from "./applicable-grant.ts";
import type { Ask } from "./ask.ts";
import type { Circumstances } from "./circumstances.ts";
import type { Claims } from "./claims.ts";
import type { Config } from "./config.ts";
import { grantDuration } from "./duration.ts";
import { VendError } from "./errors.ts";
import type { Grant } from "./grant.ts";
import { covers, narrow, type Scope } from "./scope.ts";
import type { SessionAttributes } from "./session-attributes.ts";
import type { Storage } from "./storage.ts";
import type { GrantedTerms, GrantTerms } from "./sts-rules.ts";
import { isScopable, isVending, wayOf } from "./ways.ts";

/** The decision that a request may be answered. */
export interface Authorization extends GrantedTerms {
  storage: Storage;
  /** The name of the grant that allows it. */
  grant: string;
  scope: Scope;
  attributes: SessionAttributes;
  /** The claims that the decision rests on: with them it can be taken again, by the warmer. */
  evidence: Claims;
  /** When the grant ends, in epoch milliseconds: no session is handed out that ends later. */
  latestEnd?: number;
  /** Present where the session lasts until the grant's end, and so is issued for less and less time. */
  endsWithGrant?: true;
}

/** A grant that allows what is asked for. */
interface Candidate {
  grant: ApplicableGrant;
  /** What is asked for of the grant's own scope. */
  scope: Scope;
}

/** One answer for a storage that is unknown and for one without a grant, so that names cannot be probed. */
const noGrant = () => new VendError("no_grant", "No grant of yours covers this request.");

/**
 * The grants of a storage that apply, in the order of the configuration.
 *
 * @example grantsFor(config, { principal, now }, storage).map(({ scope }) => scope.prefixes)
 */
export function grantsFor(
  { grants }: Pick<Config, "grants">,
  circumstances: Circumstances,
  storage: Storage,
  mode: Grant["mode"] = "enforce",
): ApplicableGrant[] {
  return grants
    .candidates(storage.name, circumstances.principal)
    .flatMap((grant) => applyGrant(grant, storage, mode, circumstances));
}

/** Is a grant revoked for this principal: the grant, its storage or the principal itself? */
export function isRevoked(
  { name }: Pick<ApplicableGrant, "name">,
  storage: Storage,
  { principal, judge }: Circumstances,
): boolean {
  return judge?.isRevoked({ principal, grant: name, storage }) === true;
}

/**
 * Decides whether a principal gets what it asks for. Pure; stands before every look into a cache. A grant that is revoked
 * decides where no other one does: then the judge has to refuse its caller.
 *
 * @throws VendError `no_grant`; `choose_target` when several grants could be meant; `not_scopable` when less than the
 * whole is asked of a storage whose way cannot scope.
 * @param options `byGrant`: only the grant of this name counts; the warmer decides by the one that its caller had. `grantTerms`
 *   is needed for callers of STS, and throws what it says there.
 * @example authorize(config, { principal, now }, { storage: "lake", permission: "READ" }).scope
 */
export function authorize(
  config: Config,
  circumstances: Circumstances,
  ask: Ask,
  options: { byGrant?: string; grantTerms?: GrantTerms | undefined } = {},
): Authorization {
  const storage = config.storages.get(ask.storage);
  if (storage === undefined) throw noGrant();
  const grants = grantsFor(config, { ...circumstances, sts: ask.sts }, storage);
  const { byGrant } = options;
  const counting = byGrant === undefined ? grants : grants.filter(({ name }) => name === byGrant);
  return decide(storage, counting, ask, circumstances, options.grantTerms);
}

/**
 * The names of the grants in audit mode each of which would have allowed the request by itself. They are for the audit
 * trail; nothing is decided by them.
 *
 * @example wouldGrant(config, { principal, now }, { storage: "lake" }) // ["lake-readers"]
 */
export function wouldGrant(
  config: Config,
  circumstances: Circumstances,
  ask: Ask,
  grantTerms?: GrantTerms,
): string[] {
  const storage = config.storages.get(ask.storage);
  if (storage === undefined || !config.grants.hasTrials) return [];
  const allows = (grant: ApplicableGrant) => {
    try {
      decide(storage, [grant], ask, circumstances, grantTerms);
      return true;
    } catch {
      return false;
    }
  };
  return grantsFor(config, { ...circumstances, sts: ask.sts }, storage, "audit")
    .filter(allows)
    .map(({ name }) => name);
}

function decide(
  storage: Storage,
  grants: readonly ApplicableGrant[],
  ask: Ask,
  circumstances: Circumstances,
  grantTerms: GrantTerms | undefined,
): Authorization {
  const candidates = grants.flatMap((grant): Candidate[] => {
    const narrowing = narrow(grant.scope, ask);
    return narrowing.ok ? [{ grant, scope: narrowing.scope }] : [];
  });
  const standing = candidates.filter(({ grant }) => !isRevoked(grant, storage, circumstances));
  const { grant, scope } = widestOf(standing.length > 0 ? standing : candidates, ask);
  // Callers of STS have rules of their own for that.
  if (!ask.sts && isVending(storage) && !isScopable(storage) && !covers(scope, grant.scope)) {
    throw new VendError(
      "not_scopable",
      `Storage ${storage.name} issues by ${storage.issue}, which cannot be narrowed: ask without target and permission.`,
    );
  }
  const limits = {
    grant: grant.maxDurationSeconds,
    storage: storage.maxDurationSeconds,
    sts: wayOf(storage).longestSeconds(storage),
  };
  const { latestEnd, secondsLeft } = grant;
  const granted = ask.sts
    ? termsBy(grantTerms)({ ask, terms: ask.sts, storage, grant, scope, limits, now: circumstances.now })
    : grantDuration(ask.durationSeconds, limits);
  return {
    storage,
    grant: grant.name,
    scope,
    attributes: grant.attributes,
    evidence: grant.evidence,
    ...(latestEnd !== undefined && { latestEnd }),
    ...(granted.durationSeconds === secondsLeft && { endsWithGrant: true }),
    ...granted,
  };
}

/** Without the rules nothing is granted: what such a caller wants beside a scope would be left out. */
function termsBy(grantTerms: GrantTerms | undefined): GrantTerms {
  if (!grantTerms) throw new VendError("internal", "This door has no rules for callers of STS.");
  return grantTerms;
}

/**
 * The candidate whose scope covers those of all others. Of several with the same scope it is the one with the longest
 * duration, and of those the one that ends last. It takes two passes, and does not compare every pair: a caller can have
 * as many candidates as it has grants.
 */
function widestOf(candidates: readonly Candidate[], ask: Ask): Candidate {
  if (candidates.length === 0) throw noGrant();
  const widest = candidates.reduce((wide, candidate) =>
    covers(wide.scope, candidate.scope) ? wide : candidate,
  );
  if (!candidates.every(({ scope }) => covers(widest.scope, scope))) {
    throw new VendError(
      "choose_target",
      ask.targets?.length && ask.permission
        ? "Several grants allow this and differ in the operations that they add: the operator has to join them."
        : "Several grants could be meant: name a target and a permission. GET /v1/storages lists yours.",
    );
  }
  return candidates
    .filter(({ scope }) => covers(scope, widest.scope))
    .reduce((longest, candidate) => (lastsLonger(candidate.grant, longest.grant) ? candidate : longest));
}

function lastsLonger(one: ApplicableGrant, other: ApplicableGrant): boolean {
  const longerSeconds = one.maxDurationSeconds - other.maxDurationSeconds;
  return longerSeconds > 0 || (longerSeconds === 0 && endOf(one) > endOf(other));
}

function endOf({ latestEnd = Number.MAX_VALUE }: ApplicableGrant): number {
  return latestEnd;
}
