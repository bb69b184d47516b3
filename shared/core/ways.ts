import type { ScopeEnforcement } from "../contract.ts";
import { greatestDurationSeconds } from "./duration.ts";
import type { SessionAttributes } from "./session-attributes.ts";
import { type Storage, type StorageOf, secretOf, type Way } from "./storage.ts";

const halfADaySeconds = 43_200;
/** AWS caps the session of a role that another role assumes. */
const chainedRoleSeconds = 3_600;

/** Everything that the rest of keyvend needs to know about one way. */
interface WayFacts<W extends Way> {
  /** The call to STS; absent where none is made. */
  stsCall?: string;
  /** Absent where nothing is vended. */
  scopeHeldBy?: ScopeEnforcement;
  /** The longest duration in seconds that the way can give, whatever is configured. */
  longestSeconds: (storage: Storage | { secret?: string }) => number;
  /** Are its sessions kept in the table? A long-term key never is: it stays in Secrets Manager. */
  isKept: boolean;
  /** Are they issued again ahead of need? A way that needs the caller's own token cannot be warmed. */
  isWarmed: boolean;
  /** STS judges the caller's own token, so its sessions are always the principal's own. */
  needsCallersToken: boolean;
  /** What the call takes of a session's attributes. */
  attributes: readonly (keyof SessionAttributes)[];
  /** The longest session name that the call takes, of `[\w+=,.@-]`; absent where it takes none. */
  sessionNameCharacters?: number;
  /** The settings of the storage that decide the credential. Those that count in every way are in `entry-key.ts`. */
  keyParts: (storage: StorageOf<W>) => readonly (string | undefined)[];
  /** What every answer warns of. */
  warning?: string;
}

/**
 * The ways to issue. A new way states every fact here before anything compiles; the policies, the entry keys, the
 * durations and the answers follow from it.
 */
export const ways = {
  "session-token": {
    stsCall: "GetSessionToken",
    scopeHeldBy: "identity",
    longestSeconds: () => greatestDurationSeconds,
    isKept: true,
    isWarmed: true,
    needsCallersToken: false,
    attributes: [],
    keyParts: ({ stsEndpoint, secret }) => [stsEndpoint, secret],
  },
  "federation-token": {
    stsCall: "GetFederationToken",
    scopeHeldBy: "session-policy",
    longestSeconds: () => greatestDurationSeconds,
    isKept: true,
    isWarmed: true,
    needsCallersToken: false,
    attributes: ["sessionTags"],
    sessionNameCharacters: 32,
    keyParts: ({ stsEndpoint, secret }) => [stsEndpoint, secret],
  },
  "assume-role": {
    stsCall: "AssumeRole",
    scopeHeldBy: "session-policy",
    // Without a secret the function's own role assumes the storage's.
    longestSeconds: (storage) => (secretOf(storage) === undefined ? chainedRoleSeconds : halfADaySeconds),
    isKept: true,
    isWarmed: true,
    needsCallersToken: false,
    attributes: ["sourceIdentity", "sessionTags"],
    sessionNameCharacters: 64,
    keyParts: ({ stsEndpoint, secret, roleArn, externalId }) => [stsEndpoint, secret, roleArn, externalId],
  },
  "web-identity": {
    stsCall: "AssumeRoleWithWebIdentity",
    scopeHeldBy: "session-policy",
    longestSeconds: () => halfADaySeconds,
    isKept: true,
    isWarmed: false,
    needsCallersToken: true,
    attributes: [],
    sessionNameCharacters: 64,
    keyParts: ({ stsEndpoint, roleArn }) => [stsEndpoint, roleArn],
  },
  static: {
    scopeHeldBy: "none",
    longestSeconds: () => halfADaySeconds,
    isKept: false,
    isWarmed: false,
    needsCallersToken: false,
    attributes: [],
    keyParts: ({ secret }) => [secret],
    warning: "These are long-term keys: they do not expire, and nothing limits them to a scope.",
  },
  none: {
    longestSeconds: () => halfADaySeconds,
    isKept: false,
    isWarmed: false,
    needsCallersToken: false,
    attributes: [],
    keyParts: () => [],
  },
} as const satisfies { [W in Way]: WayFacts<W> };

type Ways = typeof ways;
/** The ways whose facts hold this one. */
type WaysThat<Fact extends object> = { [W in Way]: Ways[W] extends Fact ? W : never }[Way];

/** A way that answers with credentials. */
export type VendingWay = WaysThat<{ scopeHeldBy: ScopeEnforcement }>;
/** A way whose scope a session policy holds: nothing is issued without one. */
export type PolicyWay = WaysThat<{ scopeHeldBy: "session-policy" }>;

export type VendingStorage = StorageOf<VendingWay>;
/** A storage whose sessions are kept. */
export type KeptStorage = StorageOf<WaysThat<{ isKept: true }>>;

/**
 * The facts of a storage's way.
 *
 * @example wayOf(storage).stsCall // "AssumeRole"
 */
export function wayOf<W extends Way>({ issue }: { issue: W }): WayFacts<W> {
  const facts: { [Each in Way]: WayFacts<Each> } = ways;
  return facts[issue];
}

export function isVending(storage: Storage): storage is VendingStorage {
  return wayOf(storage).scopeHeldBy !== undefined;
}

/** Can a session policy narrow what the storage vends? */
export function isScopable(storage: Pick<Storage, "issue">): boolean {
  return wayOf(storage).scopeHeldBy === "session-policy";
}
