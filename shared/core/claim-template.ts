import type { ReadClaim } from "./claims.ts";
import type { GrantTemplates } from "./grant.ts";

const claimReference = /\$\{claims\.([^}]*)\}/g;
const plainValue = /^(?!.*\.\.)[A-Za-z0-9_.@=+-]+$/;

/** Where each kind of template stands in a grant. */
const templatesIn: {
  readonly [Field in keyof Required<GrantTemplates>]: (grant: GrantTemplates) => string[];
} = {
  prefix: ({ prefix }) => [prefix],
  sourceIdentity: ({ sourceIdentity }) => (sourceIdentity === undefined ? [] : [sourceIdentity]),
  sessionTags: ({ sessionTags = {} }) => Object.values(sessionTags),
};

/** The names of the claims that a template refers to. */
export function claimNamesIn(template: string): string[] {
  return Array.from(template.matchAll(claimReference), ([, name = ""]) => name);
}

/** The names of the claims that a grant's templates refer to: it applies to no caller that lacks one of them. */
export function templateClaims(grant: GrantTemplates): string[] {
  return Object.values(templatesIn).flatMap((templates) => templates(grant).flatMap(claimNamesIn));
}

/**
 * Puts claims into a template. A claim whose value is anything but a plain name, or is missing, gives
 * `undefined`: a refusal, never a substitution that could leave the folder it was meant for.
 *
 * @example expandTemplate("tenants/${claims.tenant}/", createClaimReader({ tenant: "acme" }).read) // "tenants/acme/"
 */
export function expandTemplate(template: string, read: ReadClaim): string | undefined {
  let isRefused = false;
  const text = template.replace(claimReference, (_, name: string) => {
    const value = read(name);
    if (typeof value === "string" && plainValue.test(value)) return value;
    isRefused = true;
    return "";
  });
  // The segments are looked at as a whole, since two claims side by side can make a `..` that neither of them holds.
  const leavesFolder = text.split("/").some((segment) => segment === "." || segment === "..");
  return isRefused || leavesFolder ? undefined : text;
}
