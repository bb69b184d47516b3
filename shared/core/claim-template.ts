import type { Grant } from "./grant.ts";
import type { ClaimValue, Principal } from "./principal.ts";

const claimReference = /\$\{claims\.([^}]*)\}/g;
const plainValue = /^(?!.*\.\.)[A-Za-z0-9_.@=+-]+$/;

/** A claim's value; never anything that every object inherits. */
export function claimOf(claims: Principal["claims"], name: string): ClaimValue {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}

/** The claims that a template refers to. */
export function claimsOf(template: string): string[] {
  return Array.from(template.matchAll(claimReference), ([, name = ""]) => name);
}

/** The claims that the templates of a grant refer to: it applies to nobody who lacks one. */
export function claimsPutIn({
  prefix,
  sourceIdentity = "",
  sessionTags = {},
}: Pick<Grant, "prefix" | "sourceIdentity" | "sessionTags">): string[] {
  return [prefix, sourceIdentity, ...Object.values(sessionTags)].flatMap(claimsOf);
}

/**
 * Puts claims into a template. A claim whose value is anything but a plain name, or is missing, gives
 * `undefined`: a refusal, never a substitution that could leave the folder it was meant for.
 *
 * @example expandTemplate("tenants/${claims.tenant}/", { tenant: "acme" }) // "tenants/acme/"
 */
export function expandTemplate(template: string, claims: Principal["claims"]): string | undefined {
  let refused = false;
  const expanded = template.replace(claimReference, (_, name: string) => {
    const value = claimOf(claims, name);
    if (typeof value === "string" && plainValue.test(value)) return value;
    refused = true;
    return "";
  });
  // The segments are looked at as a whole, since two claims side by side can make a `..` that neither of them holds.
  const leaves = expanded.split("/").some((segment) => segment === "." || segment === "..");
  return refused || leaves ? undefined : expanded;
}
