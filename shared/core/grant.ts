import type { OperationGroup, Permission } from "../contract.ts";

/** Which callers a grant is for. A condition that `condition.ts` does not judge does not compile. */
export interface GrantConditions {
  /** Names of issuers in the configuration; the caller's is one of them. */
  issuer: readonly string[];
  /** Any of these; absent means any subject. */
  subject?: readonly string[];
  /** Every claim named must match one of its patterns; of an array claim, one element must. */
  claims: Readonly<Record<string, readonly string[]>>;
  /** Epoch milliseconds. No session that the grant gives lasts longer. */
  expires?: number;
  /** CIDR ranges of the addresses from which callers may ask; absent means any. */
  sourceIps?: readonly string[];
  /** The request must bring the same. Only requests by the door for STS bring one. */
  externalId?: string;
}

/** What holds claims as `${claims.name}` and captures as `${name}`: each is expanded in `template.ts`. */
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
 * Patterns are literal, or anchored: `*` stands for any run of characters, and `{name}` captures a plain name.
 */
export interface Grant extends GrantConditions, GrantTemplates {
  name: string;
  storage: string;
  permission: Permission;
  /** Operations beside the permission, each within it. */
  also?: readonly OperationGroup[];
  /** The operator knows that callers list names of what is not theirs. Only the check looks at it. */
  acknowledgeVisibleNames?: true;
  maxDurationSeconds: number;
  /** `audit` records what the grant would have decided and grants nothing. */
  mode: "enforce" | "audit";
}
