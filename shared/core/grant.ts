import type { Permission } from "../contract.ts";

/**
 * A rule: this principal may have this permission under this prefix of this storage, for at most so long.
 * Patterns are literal, or anchored globs in which `*` stands for any run of characters.
 */
export interface Grant {
  name: string;
  /** Name of the issuer in the configuration. */
  issuer: string;
  /** Any of these; absent means any subject. */
  subject?: readonly string[];
  /** Every claim named must match one of its patterns; of an array claim, one element must. */
  claims: Readonly<Record<string, readonly string[]>>;
  storage: string;
  /** Under the storage's own prefix; may hold `${claims.name}`. Empty means the whole storage. */
  prefix: string;
  permission: Permission;
  maxDurationSeconds: number;
  /** What CloudTrail is to know of who is behind the session; may hold `${claims.name}`, as the tags' values may. */
  sourceIdentity?: string;
  sessionTags?: Readonly<Record<string, string>>;
  /** `audit` logs what the grant would have decided and grants nothing. */
  mode: "enforce" | "audit";
}
