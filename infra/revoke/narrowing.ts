import type { Config } from "../../shared/core/config.ts";
import type { Grant } from "../../shared/core/grant.ts";
import { captureNamesIn, matchPattern } from "../../shared/core/pattern.ts";
import type { Principal } from "../../shared/core/principal.ts";
import {
  type SessionAttributes,
  sourceIdentitySyntax,
  tagValueSyntax,
} from "../../shared/core/session-attributes.ts";
import { sessionName } from "../../shared/core/session-name.ts";
import type { Storage } from "../../shared/core/storage.ts";
import { expandTemplate, referencesIn } from "../../shared/core/template.ts";
import { isVending, wayOf } from "../../shared/core/ways.ts";
import { bySessionName, type Narrowing } from "./denial.ts";

/** A principal as the audit trail names it. Its claims are not known here. */
type NamedPrincipal = Pick<Principal, "issuer" | "subject">;

/**
 * The name that all shared sessions of a storage have; `undefined` where they have none, or each principal has its own.
 *
 * @example sharedSessionName(storage) // "keyvend-lake"
 */
export function sharedSessionName(storage: Storage): string | undefined {
  const isNamed = wayOf(storage).sessionNameCharacters !== undefined && !hasOwnSessions(storage);
  return isNamed && isVending(storage) ? sessionName(storage, nobody) : undefined;
}

/** Has each principal sessions of its own, under its own name? */
export function hasOwnSessions(storage: Storage): boolean {
  const { sessionNameCharacters, needsCallersToken } = wayOf(storage);
  return sessionNameCharacters !== undefined && (storage.sessions === "per-principal" || needsCallersToken);
}

const nobody: Principal = { issuer: "", subject: "", claims: {}, kind: "oidc", tokenHash: "" };

/**
 * By what AWS can tell a principal's sessions from those of all others.
 *
 * @returns `undefined` where it cannot. With several, each is for sessions by another grant.
 * @example narrowingsTo({ issuer: "corp", subject: "alice" }, storage, config) // [{ key: "aws:userid", value: "*:alice-…" }]
 */
export function narrowingsTo(
  principal: NamedPrincipal,
  storage: Storage,
  config: Config,
): Narrowing[] | undefined {
  if (!isVending(storage)) return undefined;
  if (hasOwnSessions(storage)) return [bySessionName(sessionName(storage, { ...nobody, ...principal }))];
  const narrowings = grantsThatMayBeFor(principal, storage, config).map((grant) =>
    byAttribute(principal, storage, grant),
  );
  return narrowings.every((each) => each !== undefined) && narrowings.length > 0 ? narrowings : undefined;
}

/** The grants of a storage by which the principal may have got something: what its claims were is not known. */
export function grantsThatMayBeFor(
  { issuer, subject }: NamedPrincipal,
  { name }: Pick<Storage, "name">,
  { grants }: Config,
): Grant[] {
  return grants.all.filter(
    (grant) =>
      grant.storage === name &&
      grant.mode === "enforce" &&
      grant.issuer.includes(issuer) &&
      (grant.subject?.some((pattern) => capturesOf(pattern, subject) !== undefined) ?? true),
  );
}

function capturesOf(pattern: string, subject: string) {
  const match = matchPattern(pattern, subject);
  return typeof match === "object" ? match.captures : undefined;
}

/** By the attribute of a grant's sessions that no other subject of its issuers has. */
function byAttribute({ subject }: NamedPrincipal, storage: Storage, grant: Grant): Narrowing | undefined {
  const takes = wayOf(storage).attributes;
  const patterns = grant.subject ?? [];
  const captures = patterns.map((pattern) => capturesOf(pattern, subject)).find(Boolean) ?? {};
  const read = (claim: string) => (claim === "sub" ? subject : undefined);
  for (const { key, attribute, template, syntax } of attributesIn(grant)) {
    if (!takes.includes(attribute) || !tellsSubject(template, patterns)) continue;
    const value = expandTemplate(template, { read, captures });
    // IAM's policies end at U+00FF, and tags do not.
    if (value !== undefined && syntax.test(value) && /^[ -\u00ff]+$/.test(key + value)) return { key, value };
  }
  return undefined;
}

interface AttributeTemplate {
  key: Narrowing["key"];
  attribute: keyof SessionAttributes;
  template: string;
  syntax: RegExp;
}

function attributesIn({ sourceIdentity, sessionTags = {} }: Grant): AttributeTemplate[] {
  const ofTags = Object.entries(sessionTags).map(
    ([tag, template]): AttributeTemplate => ({
      key: `aws:PrincipalTag/${tag}`,
      attribute: "sessionTags",
      template,
      syntax: tagValueSyntax,
    }),
  );
  if (sourceIdentity === undefined) return ofTags;
  const source = {
    attribute: "sourceIdentity",
    template: sourceIdentity,
    syntax: sourceIdentitySyntax,
  } as const;
  return [{ key: "aws:SourceIdentity", ...source }, ...ofTags];
}

/** Does a template give every subject another value? */
function tellsSubject(template: string, patterns: readonly string[]): boolean {
  const references = referencesIn(template);
  if (references.some(({ kind, name }) => kind === "claim" && name === "sub")) return true;
  const [pattern = "", ...others] = patterns;
  const [captured, ...more] = captureNamesIn(pattern);
  return (
    others.length === 0 &&
    more.length === 0 &&
    !pattern.includes("*") &&
    references.some(({ kind, name }) => kind === "capture" && name === captured)
  );
}
