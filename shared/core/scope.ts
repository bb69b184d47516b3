import type { OperationGroup, Permission } from "../contract.ts";
import type { Ask } from "./ask.ts";
import { groupsWithin } from "./operations.ts";
import { contains, mergePrefixes } from "./prefix.ts";

/**
 * What vended credentials reach, in one bucket of one storage.
 * Each prefix is empty (the whole bucket) or ends in a slash, and means that folder: `t1/` never reaches `t10/`.
 */
export interface Scope {
  bucket: string;
  /** Sorted, none inside another, at least one. */
  prefixes: readonly string[];
  permission: Permission;
  /** Operations beside the permission; each adds something to it. */
  also?: readonly OperationGroup[];
}

/** The narrower scope, or the part of the ask that goes beyond the grant. */
type Narrowing = { ok: true; scope: Scope } | { ok: false; beyond: "bucket" | "prefix" | "permission" };

/**
 * Narrows a grant's scope to an ask. A target that is partly outside is refused as a whole, and not clipped.
 *
 * @example narrow({ bucket: "lake", prefixes: ["t1/"], permission: "READWRITE" }, { permission: "READ" })
 * // { ok: true, scope: { bucket: "lake", prefixes: ["t1/"], permission: "READ" } }
 */
export function narrow(granted: Scope, ask: Pick<Ask, "targets" | "permission">): Narrowing {
  const permission = ask.permission ?? granted.permission;
  if (!permits(granted.permission, permission)) return { ok: false, beyond: "permission" };
  // A scope without a prefix does not exist.
  const targets = ask.targets?.length ? ask.targets : undefined;
  if (targets?.some(({ bucket }) => bucket !== granted.bucket)) return { ok: false, beyond: "bucket" };
  const prefixes = mergePrefixes(targets?.map(({ prefix }) => prefix) ?? granted.prefixes);
  if (!containsAll(granted.prefixes, prefixes)) return { ok: false, beyond: "prefix" };
  const also = groupsWithin(permission, granted.also ?? [], prefixes[0] === "");
  return {
    ok: true,
    scope: { bucket: granted.bucket, prefixes, permission, ...(also.length > 0 && { also }) },
  };
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
    containsAll(granted.prefixes, asked.prefixes) &&
    (asked.also ?? []).every((group) => granted.also?.includes(group) || holdsAnyway(granted, group, asked))
  );
}

/** Does a scope without a group contain what the group adds to another scope inside it? */
function holdsAnyway({ prefixes }: Scope, group: OperationGroup, asked: Scope): boolean {
  if (group === "uploads" || group === "bucket-check") return prefixes[0] === "";
  // The folder's name is inside of what is granted where the folder is not all of it.
  const isNameIn = (inner: string) => prefixes.some((outer) => contains(outer, inner.slice(0, -1)));
  return group === "folder" && asked.prefixes.every(isNameIn);
}

/**
 * Whether a permission includes another.
 *
 * @example permits("READWRITE", "READ") // true
 */
export function permits(granted: Permission, asked: Permission): boolean {
  return granted === asked || granted === "READWRITE";
}

/**
 * Both lists are in the order of `mergePrefixes`: the folder that contains a prefix stands right before it, so that one
 * walk along both is enough.
 */
function containsAll(granted: readonly string[], asked: readonly string[]): boolean {
  let position = 0;
  return asked.every((inner) => {
    for (
      let next = granted[position + 1];
      next !== undefined && next <= inner;
      next = granted[position + 1]
    ) {
      position++;
    }
    const outer = granted[position];
    return outer !== undefined && contains(outer, inner);
  });
}
