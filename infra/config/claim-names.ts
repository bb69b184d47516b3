import {
  type Claims,
  faultOfClaimName,
  isObject,
  isPointer,
  pathOf,
  simplestName,
} from "../../shared/core/claims.ts";
import { listOf } from "./document.ts";
import type { Report } from "./faults.ts";

/** Texts by the simplest names of their claims. A second name of one claim is a fault: its texts would be lost. */
export function byClaim(entry: Record<string, string | string[]>, report: Report): Record<string, string[]> {
  const texts = new Map<string, string[]>();
  for (const [name, values] of Object.entries(entry)) {
    const simplest = simplestName(name);
    if (texts.has(simplest)) report([name], `is the same claim as ${simplest}`);
    texts.set(simplest, listOf(values));
  }
  return Object.fromEntries(texts);
}

/**
 * Claims as a token has them: what the document gives by a pointer stands where the pointer points to.
 *
 * @example nestedClaims({ "/realm_access/roles": ["etl"] }, report) // { realm_access: { roles: ["etl"] } }
 */
export function nestedClaims(entry: Claims, report: Report): Claims {
  const names = Object.keys(entry);
  const plain = names.filter((name) => !isPointer(name));
  return names.filter(isPointer).reduce(
    (claims, name) => {
      const fault = faultOfClaimName(name);
      const nested = fault === undefined ? withMember(claims, pathOf(name), entry[name]) : undefined;
      if (nested === undefined) report([name], fault ?? "is given a second time");
      return nested ?? claims;
    },
    Object.fromEntries(plain.map((name) => [name, entry[name]])) as Claims,
  );
}

/** The same object with one more member; `undefined` if there is one already, or something that can have no members. */
function withMember(object: Claims, [name = "", ...below]: string[], value: unknown): Claims | undefined {
  const has = Object.hasOwn(object, name);
  if (below.length === 0) return has ? undefined : { ...object, [name]: value };
  const member = has ? object[name] : {};
  const inner = isObject(member) ? withMember(member, below, value) : undefined;
  return inner && { ...object, [name]: inner };
}
