import type { ReadClaim } from "./claims.ts";
import type { GrantTemplates } from "./grant.ts";
import { type Captures, isPlain } from "./pattern.ts";

const reference = /\$\{(claims\.)?([^}]*)\}/g;

/** What a template may refer to: `${claims.name}`, and `${name}` for what a condition captured. */
interface TemplateReference {
  kind: "claim" | "capture";
  name: string;
}

/** Where a template's values come from. */
export interface TemplateValues {
  read: ReadClaim;
  captures: Captures;
}

/** Where each kind of template stands in a grant. */
const templatesIn: {
  readonly [Field in keyof Required<GrantTemplates>]: (grant: GrantTemplates) => string[];
} = {
  prefix: ({ prefix }) => [prefix],
  sourceIdentity: ({ sourceIdentity }) => (sourceIdentity === undefined ? [] : [sourceIdentity]),
  sessionTags: ({ sessionTags = {} }) => Object.values(sessionTags),
};

/** What a template refers to, in its order. */
export function referencesIn(template: string): TemplateReference[] {
  return Array.from(template.matchAll(reference), ([, claims, name = ""]) => ({
    kind: claims === undefined ? "capture" : "claim",
    name,
  }));
}

/** The names of the claims that a template refers to. */
export function claimNamesIn(template: string): string[] {
  return referencesIn(template).flatMap(({ kind, name }) => (kind === "claim" ? [name] : []));
}

/** The templates of a grant. */
function templatesOf(grant: GrantTemplates): string[] {
  return Object.values(templatesIn).flatMap((templates) => templates(grant));
}

/** The names of the claims that a grant's templates refer to: it applies to no caller that lacks one of them. */
export function templateClaims(grant: GrantTemplates): string[] {
  return templatesOf(grant).flatMap(claimNamesIn);
}

/**
 * Puts claims and captures into a template. A value that is anything but a plain name or a whole number, or is missing,
 * gives `undefined`: a refusal, never a substitution that could leave the folder it was meant for.
 *
 * @example expandTemplate("tenants/${claims.tenant}/", { read, captures: {} }) // "tenants/acme/"
 */
export function expandTemplate(template: string, { read, captures }: TemplateValues): string | undefined {
  let isRefused = false;
  const text = template.replace(reference, (_, claims: string | undefined, name: string) => {
    const value = claims === undefined ? captureOf(captures, name) : plainTextOf(read(name));
    isRefused ||= value === undefined;
    return value ?? "";
  });
  // The segments are looked at as a whole, since two values side by side can make a `..` that neither of them holds.
  const leavesFolder = text.split("/").some((segment) => segment === "." || segment === "..");
  return isRefused || leavesFolder ? undefined : text;
}

/** What was captured is plain already. */
function captureOf(captures: Captures, name: string): string | undefined {
  return Object.hasOwn(captures, name) ? captures[name] : undefined;
}

/** Only safe integers: any other number may have been another one in the token. */
function plainTextOf(value: unknown): string | undefined {
  if (typeof value === "string" && isPlain(value)) return value;
  return Number.isSafeInteger(value) ? String(value) : undefined;
}
