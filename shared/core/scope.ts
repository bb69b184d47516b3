import type { Permission } from "../contract.ts";
import { contains, mergePrefixes } from "./prefix.ts";
import type { Target } from "./target.ts";

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

/** What a request asks for; what it leaves out, it takes as granted. */
export interface Wish {
  targets?: readonly Target[];
  permission?: Permission;
}

/** The scope asked for, or in what the request asks for more than is granted. */
export type Narrowed = { ok: true; scope: Scope } | { ok: false; beyond: "bucket" | "prefix" | "permission" };

/**
 * Asks for less of what is granted, never for more: what is partly outside is refused whole, not clipped.
 *
 * @example narrow({ bucket: "lake", prefixes: ["t1/"], permission: "READWRITE" }, { permission: "READ" })
 * // { ok: true, scope: { bucket: "lake", prefixes: ["t1/"], permission: "READ" } }
 */
export function narrow(granted: Scope, wish: Wish): Narrowed {
  const permission = wish.permission ?? granted.permission;
  if (!permits(granted.permission, permission)) return { ok: false, beyond: "permission" };
  // Naming no target is naming all that is granted: a scope without a prefix does not exist.
  const targets = wish.targets?.length ? wish.targets : undefined;
  if (targets?.some(({ bucket }) => bucket !== granted.bucket)) return { ok: false, beyond: "bucket" };
  const prefixes = mergePrefixes(targets?.map(({ prefix }) => prefix) ?? granted.prefixes);
  if (!holdsAll(granted.prefixes, prefixes)) return { ok: false, beyond: "prefix" };
  return { ok: true, scope: { bucket: granted.bucket, prefixes, permission } };
}

/**
 * Whether everything that `asked` reaches is granted.
 *
 * @example covers(tenant, { ...tenant, permission: "READ" }) // true
 */
export function covers(granted: Scope, asked: Scope): boolean {
  return (
    granted.bucket === asked.bucket &&
    permits(granted.permission, asked.permission) &&
    asked.prefixes.length > 0 &&
    holdsAll(granted.prefixes, asked.prefixes)
  );
}

/**
 * Whether a permission includes another.
 *
 * @example permits("READWRITE", "READ") // true
 */
export function permits(granted: Permission, asked: Permission): boolean {
  return granted === asked || granted === "READWRITE";
}

function holdsAll(granted: readonly string[], asked: readonly string[]): boolean {
  return asked.every((inner) => granted.some((outer) => contains(outer, inner)));
}
