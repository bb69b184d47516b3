import type { Permission } from "../contract.ts";
import type { Target } from "./target.ts";

/** What a request asks for; what it leaves out is left to the grant. */
export interface Ask {
  storage: string;
  /** Naming no target is naming all that is granted. */
  targets?: readonly Target[];
  permission?: Permission;
  durationSeconds?: number;
  /** Present for requests by the door for STS only. */
  sts?: StsTerms;
}

/**
 * What a caller of STS expects, and other callers do not. It is kept with the ask, for the warmer: nothing in it is secret,
 * and nothing is new at each call.
 */
export interface StsTerms {
  /** In place of 3,600 seconds where the request names no duration, as far as it is allowed. */
  usualSeconds?: number;
  /** The caller's own session policy, as it sent it: what is vended allows what the grant and this policy allow. */
  policy?: string;
  /** Compared with the grant's, where that has one. */
  externalId?: string;
  /** Taken only where they are the grant's own session tags. */
  tags?: Readonly<Record<string, string>>;
  /** The keys of those tags that are to stay through roles that are assumed from the session. Sorted. */
  transitiveTagKeys?: readonly string[];
}
