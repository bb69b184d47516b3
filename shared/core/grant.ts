import type { Permission } from "../contract.ts";

/** Which callers a grant is for. Each condition is judged in `condition.ts`: one that is not does not compile. */
export interface GrantConditions {
  /** Name of the issuer in the configuration. */
  issuer: string;
  /** Any of these; absent means any subject. */
  subject?: readonly string[];
  /** Every claim named must match one of its patterns; of an array claim, one element must. */
  claims: Readonly<Record<string, readonly string[]>>;
}

/** What holds claims as `${claims.name}`: each is expanded in `claim-template.ts`. */
export interface GrantTemplates {
  /** Under the storage's own prefix. Empty means the whole storage. */
  prefix: string;
  /** What CloudTrail is to know of the caller behind the session. */
  sourceIdentity?: string;
  /** The values are templates; the keys are not. */
  sessionTags?: Readonly<Record<string, string>>;
}

/**
 * A rule: this principal may have this permission under this prefix of this storage, for at most so long.
 * Patterns are literal, or anchored globs in which `*` stands for any run of characters.
 */
export interface Grant extends GrantConditions, GrantTemplates {
  name: string;
  storage: string;
  permission: Permission;
  maxDurationSeconds: number;
  /** `audit` records what the grant would have decided and grants nothing. */
  mode: "enforce" | "audit";
}
