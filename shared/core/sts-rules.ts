import type { ApplicableGrant } from "./applicable-grant.ts";
import type { Ask, StsTerms } from "./ask.ts";
import { intersectPolicy } from "./caller-policy.ts";
import { type DurationLimits, type GrantedDuration, stepWithin, usualDurationSeconds } from "./duration.ts";
import { VendError } from "./errors.ts";
import type { Need } from "./expiry.ts";
import type { Scope } from "./scope.ts";
import { addressOf, type Storage } from "./storage.ts";
import { isScopable, wayOf } from "./ways.ts";

/** What a caller of STS has come to: its ask, and the grant by which it is answered. */
interface StsRequest {
  ask: Ask;
  terms: StsTerms;
  storage: Storage;
  grant: ApplicableGrant;
  scope: Scope;
  limits: DurationLimits;
  /** Epoch milliseconds. */
  now: number;
}

/** What such a caller is granted beside its scope. */
export interface GrantedTerms extends GrantedDuration {
  /** For how many seconds of its session it is told; the session may last longer. */
  toldSeconds?: number;
  /** Absent where it takes less than it is told, as callers of other doors do. */
  need?: Need;
  /** Keys of the grant's session tags that STS is to keep through further roles. */
  transitiveTagKeys?: readonly string[];
  /** Makes the policy that STS gets, within the caller's own; present where it brought one. Throws as `intersectPolicy` does. */
  intersected?: () => ReturnType<typeof intersectPolicy>;
}

/**
 * The rules for callers of STS. They are a parameter where they are used, because answers to other callers do not load them,
 * and without them a caller of STS is refused.
 */
export type GrantTerms = (request: StsRequest) => GrantedTerms;

/**
 * Grants what a caller of STS expects, or refuses what it would believe in and would not get. It stands behind the search for
 * a grant, so that names cannot be probed.
 *
 * @throws VendError `delegation_off` where the way has no sessions, `not_scopable` where nothing could hold what the request
 *   names, `invalid_request` for tags that are not the grant's, and for a duration that is not allowed.
 * @example authorize(config, circumstances, ask, { grantTerms }).toldSeconds // 3_600
 */
export const grantTerms: GrantTerms = ({ ask, terms, storage, grant, scope, limits, now }) => {
  const { name, issue, endpoint } = storage;
  const { policy, tags = {}, transitiveTagKeys, usualSeconds } = terms;
  if (!wayOf(storage).isKept) {
    throw new VendError(
      "delegation_off",
      issue === "none"
        ? `Storage ${name} vends nothing: use keys of your own at ${endpoint}.`
        : `Storage ${name} issues by ${issue}, which gives no sessions: GET /v1/storages/${name}/credentials gives its keys.`,
      { address: addressOf(storage) },
    );
  }
  // Also where it names what is the grant's own: the caller must not take it for a limit.
  const narrows = ask.targets !== undefined || ask.permission !== undefined || policy !== undefined;
  if (narrows && !isScopable(storage)) {
    throw new VendError(
      "not_scopable",
      `Storage ${name} issues by ${issue}, which cannot be narrowed: ask without a policy, and for the storage as a whole.`,
    );
  }
  if (terms.tags !== undefined && textOf(tags) !== textOf(grant.attributes.sessionTags)) {
    throw invalid("tags", "must be the session tags of the grant, or left out");
  }
  // Only a role's session can be the first of a chain.
  if (transitiveTagKeys?.some((key) => issue !== "assume-role" || !Object.hasOwn(tags, key))) {
    throw invalid(
      "transitiveTagKeys",
      "must be keys of the request's tags, on a storage that issues by assume-role",
    );
  }
  const { toldSeconds, isLeast, durationSeconds } = shared(ask.durationSeconds, usualSeconds, limits);
  return {
    durationSeconds,
    toldSeconds,
    ...(isLeast && { need: { leftMs: toldSeconds * 1_000, since: now } }),
    ...(transitiveTagKeys && { transitiveTagKeys }),
    ...(policy !== undefined && { intersected: () => intersectPolicy(scope, storage, policy) }),
  };
};

/**
 * A caller of STS takes less than it asks for as a fault. So a session is issued for twice as long, where that is allowed:
 * callers that come later can then be told as much of it.
 */
function shared(asked: number | undefined, usual = usualDurationSeconds, limits: DurationLimits) {
  const most = stepWithin(limits, Number.POSITIVE_INFINITY);
  const toldSeconds = asked ?? Math.min(usual, most);
  if (toldSeconds > most) throw invalid("durationSeconds", `must be at most ${most}`);
  const isLeast = asked !== undefined || toldSeconds * 2 <= most;
  return { toldSeconds, isLeast, durationSeconds: stepWithin(limits, toldSeconds * 2) };
}

function invalid(field: string, message: string): VendError {
  return new VendError("invalid_request", `Invalid request: ${field} ${message}.`, {
    fields: [{ field, message }],
  });
}

/** Whatever the order in which tags are written, they are the same. */
function textOf(tags: StsTerms["tags"] = {}): string {
  return JSON.stringify(Object.entries(tags).sort(([one], [other]) => (one < other ? -1 : 1)));
}
