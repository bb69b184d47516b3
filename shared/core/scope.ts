import type { Permission } from "../contract.ts";

/**
 * What vended credentials reach, in one bucket of one storage.
 * Each prefix is empty (the whole bucket) or ends in a slash, and means that folder: `t1/` never reaches `t10/`.
 */
export interface Scope {
  bucket: string;
  /** Sorted, none inside another, at least one. */
  prefixes: readonly string[];
  permission: Permission;
}
