import type { Config } from "../../shared/core/config.ts";
import { greatestDurationSeconds } from "../../shared/core/duration.ts";
import type { FlushTarget } from "../../shared/core/revocation.ts";
import type { Storage } from "../../shared/core/storage.ts";
import { isVending, wayOf } from "../../shared/core/ways.ts";
import { bySessionName, type Denial, type Narrowing } from "./denial.ts";
import { areSame, type Identity, isOutOfReach, type OutOfReach } from "./identities.ts";
import { grantsThatMayBeFor, hasOwnSessions, narrowingsTo, sharedSessionName } from "./narrowing.ts";

/** Where a session was vended, and under which name if it is known. */
export interface VendedSession {
  storage: string;
  sessionName?: string;
}

/** What is to be ended: what the record has of a target, and of an access key whose it is. */
export type Ended =
  | { kind: "principal"; name: string; issuer: string }
  | { kind: "grant" | "storage"; name: string }
  | { kind: "access-key"; name: string; sessions: readonly VendedSession[] };

/** What a revocation does to the sessions of one storage that were vended before. */
export interface Effect {
  storage: Storage;
  /** Present where a Deny can end them. */
  identity?: Identity;
  /** Why none can, and what helps. */
  outOfReach?: OutOfReach;
  /** The sessions that are ended, in place of all of the role or user. */
  narrowings?: readonly Narrowing[];
  /** They are shared, so that sessions of others end with them: which, in words. Only with the operator's consent. */
  hits?: readonly string[];
  /** What instances must forget as well, since a Deny ends it. */
  flush: readonly FlushTarget[];
}

/**
 * What a revocation does to sessions at their stores, for each storage on which there may be some.
 *
 * @example effectsOf({ kind: "grant", name: "data-lake" }, config, identities)[0]?.hits
 */
export function effectsOf(
  ended: Ended,
  config: Config,
  identities: ReadonlyMap<string, Identity | OutOfReach>,
): Effect[] {
  return storagesOf(ended, config).map((storage): Effect => {
    const found = identities.get(storage.name) ?? { why: "is not in the configuration" };
    if (isOutOfReach(found)) return { storage, outOfReach: found, flush: [] };
    const narrowings = exactly(ended, storage, config);
    if (narrowings !== undefined) return { storage, identity: found, narrowings, flush: flushOf(ended) };
    return { storage, identity: found, ...widely(ended, storage, found, config, identities) };
  });
}

function storagesOf(ended: Ended, config: Config): Storage[] {
  const storages = [...config.storages.values()].filter(isVending);
  switch (ended.kind) {
    case "principal": {
      const principal = { issuer: ended.issuer, subject: ended.name };
      return storages.filter((storage) => grantsThatMayBeFor(principal, storage, config).length > 0);
    }
    case "grant": {
      const storage = config.grants.all.find(({ name }) => name === ended.name)?.storage;
      return storages.filter(({ name }) => name === storage);
    }
    case "storage":
      return storages.filter(({ name }) => name === ended.name);
    case "access-key": {
      const names = new Set(ended.sessions.map(({ storage }) => storage));
      return storages.filter(({ name }) => names.has(name));
    }
  }
}

/** The sessions of the target and of nobody else; `undefined` where AWS cannot tell them apart. */
function exactly(ended: Ended, storage: Storage, config: Config): readonly Narrowing[] | undefined {
  if (ended.kind === "principal")
    return narrowingsTo({ issuer: ended.issuer, subject: ended.name }, storage, config);
  if (ended.kind !== "access-key" || !hasOwnSessions(storage)) return undefined;
  const names = ended.sessions.flatMap((each) =>
    each.storage === storage.name ? (each.sessionName ?? []) : [],
  );
  return names.length > 0 ? [...new Set(names)].map(bySessionName) : undefined;
}

/** A session's name belongs to one principal, and the others that it has may be kept under other scopes. */
function flushOf(ended: Ended): FlushTarget[] {
  if (ended.kind !== "access-key") return [];
  const names = new Set(ended.sessions.flatMap(({ sessionName }) => sessionName ?? []));
  return [...names].map((name) => ({ kind: "session-name", name }));
}

/** All sessions of the storage, and with them as few others as can be. */
function widely(
  ended: Ended,
  storage: Storage,
  identity: Identity,
  config: Config,
  identities: ReadonlyMap<string, Identity | OutOfReach>,
): Pick<Effect, "narrowings" | "hits" | "flush"> {
  const name = sharedSessionName(storage);
  const others = [...config.storages.values()].filter((other) => {
    const found = identities.get(other.name);
    const isOnSame = found !== undefined && !isOutOfReach(found) && areSame(found, identity);
    return isOnSame && other !== storage && (name === undefined || sharedSessionName(other) === name);
  });
  const isMeant = ended.kind === "storage";
  const grants = config.grants.all.filter(
    (grant) =>
      grant.mode === "enforce" &&
      ((grant.storage === storage.name &&
        !isMeant &&
        !(ended.kind === "grant" && grant.name === ended.name)) ||
        others.some((other) => other.name === grant.storage)),
  );
  const hits = [
    ...others.map((other) => `all sessions of the storage ${other.name}`),
    ...grants.map((grant) => `whatever was vended by the grant ${grant.name} of ${grant.storage}`),
    // What else a role or user is used for, the configuration does not say.
    ...(name === undefined && !isMeant
      ? [
          `all other sessions of the ${identity.kind} ${identity.name}, also those that keyvend has not vended`,
        ]
      : []),
  ];
  return {
    ...(name !== undefined && { narrowings: [bySessionName(name)] }),
    ...(hits.length > 0 && { hits }),
    flush: [storage, ...others].map((each) => ({ kind: "storage", name: each.name })),
  };
}

/** The longest that a session of each can last, whatever the configuration was when it was issued. */
const longestMs = { role: 43_200_000, user: greatestDurationSeconds * 1_000 } as const;

/** The sessions that one effect of a revocation is to end. */
export function denialsOf({ narrowings }: Effect, { kind }: Identity, before: number): Denial[] {
  const times = { before, until: before + longestMs[kind] };
  return narrowings?.map((narrowing) => ({ narrowing, ...times })) ?? [times];
}

/** The longest that a session of a storage can last, in seconds. */
export function longestSeconds(storage: Storage): number {
  return Math.min(storage.maxDurationSeconds, wayOf(storage).longestSeconds(storage));
}
