import type { OperationGroup } from "../../../shared/contract.ts";
import { contains } from "../../../shared/core/prefix.ts";
import { permits, type Scope } from "../../../shared/core/scope.ts";

/** One thing that credentials are tried at. */
export interface Attempt {
  what: "list" | "read" | "write";
  bucket: string;
  /** Of the list, or of the object's name. */
  prefix: string;
}

/** What the permission allows, at each prefix. */
export function attemptsInside({ bucket, prefixes, permission }: Scope): Attempt[] {
  const allowed = [
    ...(permits(permission, "READ") ? (["list", "read"] as const) : []),
    ...(permits(permission, "WRITE") ? (["write"] as const) : []),
  ];
  return prefixes.flatMap((prefix) => allowed.map((what) => ({ what, bucket, prefix })));
}

/**
 * What the scope does not allow, at the places that a policy written with less care would reach: folders whose names begin
 * alike, the name without its slash, the folder above, the root, the same name in other letters, what a wildcard in the name
 * would match, other buckets, and the other half of the permission.
 *
 * @param others other buckets
 * @param options `ignoresCase`: the store is known to take `A/` for `a/`
 * @example attemptsOutside({ bucket: "lake", prefixes: ["t1/"], permission: "READ" }, []).map(({ prefix }) => prefix)
 */
export function attemptsOutside(
  scope: Scope,
  others: readonly string[],
  { ignoresCase = false }: { ignoresCase?: boolean } = {},
): Attempt[] {
  const { bucket, prefixes, permission, also = [] } = scope;
  const isInside = (place: string) => prefixes.some((prefix) => contains(prefix, place));
  const folders = [...new Set(prefixes.flatMap((prefix) => foldersBeside(prefix, ignoresCase)))].filter(
    (folder) => !isInside(folder),
  );
  const names = prefixes
    .map((prefix) => prefix.slice(0, -1))
    .filter((name) => name !== "" && !isInside(name));
  const halves = [
    ...(permits(permission, "READ") ? [] : (["list", "read"] as const)),
    ...(permits(permission, "WRITE") ? [] : (["write"] as const)),
  ];
  return [
    ...prefixes.flatMap((prefix) => halves.map((what) => ({ what, bucket, prefix }))),
    ...folders.flatMap((prefix) => everything(bucket, prefix)),
    ...names.map((prefix) => ({ what: "list" as const, bucket, prefix })),
    ...others.flatMap((other) => everything(other, "")),
  ].filter((attempt) => !isAllowedBy(also, attempt, scope));
}

function everything(bucket: string, prefix: string): Attempt[] {
  return (["list", "read", "write"] as const).map((what) => ({ what, bucket, prefix }));
}

function foldersBeside(prefix: string, ignoresCase: boolean): string[] {
  if (prefix === "") return [];
  const name = prefix.slice(0, -1);
  const above = name.slice(0, name.lastIndexOf("/") + 1);
  return [
    `${name}-keyvend-doctor/`,
    above,
    "",
    ...(ignoresCase ? [] : [otherCase(prefix)]),
    prefix.replaceAll(/[*?$]/g, "x"),
  ];
}

const otherCase = (text: string) =>
  text.replace(/[a-z]/gi, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );

/** Whether a group of operations allows it, beside the permission. */
function isAllowedBy(
  also: readonly OperationGroup[],
  { what, bucket, prefix }: Attempt,
  scope: Scope,
): boolean {
  if (what !== "list" || bucket !== scope.bucket) return false;
  return also.includes("bucket-check") || (also.includes("folder") && scope.prefixes.includes(`${prefix}/`));
}
