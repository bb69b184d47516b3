import type { Circumstances } from "./circumstances.ts";
import { expandTemplate } from "./claim-template.ts";
import { type Claims, createClaimReader } from "./claims.ts";
import { conditionsOf } from "./condition.ts";
import type { Grant, GrantConditions } from "./grant.ts";
import type { Scope } from "./scope.ts";
import { attributesOf, type SessionAttributes } from "./session-attributes.ts";
import type { Storage } from "./storage.ts";

/** A grant that applies to a caller: its conditions are met, and its templates are expanded. */
export interface ApplicableGrant {
  name: string;
  scope: Scope;
  attributes: SessionAttributes;
  maxDurationSeconds: number;
  /** The claims that were read to find that it applies: with them it can be found again, by the warmer. */
  evidence: Claims;
}

/** No field but conditions. */
type NothingElse<Fields> = Record<Exclude<keyof Fields, keyof GrantConditions>, never>;

/**
 * Applies a grant to a caller; `undefined` where it is of another storage or mode, or not for that caller. The fields of
 * a grant come together here: a field that is no condition has to be used by name before this compiles.
 *
 * @example applyGrant(grant, storage, "enforce", { principal, now })?.scope.prefixes // ["tenants/acme/"]
 */
export function applyGrant(
  grant: Grant,
  storage: Storage,
  ofMode: Grant["mode"],
  circumstances: Circumstances,
): ApplicableGrant | undefined {
  const { name, mode, storage: ofStorage, permission, maxDurationSeconds, ...templatesAndConditions } = grant;
  const { prefix, sourceIdentity, sessionTags, ...conditions } = templatesAndConditions;
  if (ofStorage !== storage.name || mode !== ofMode) return undefined;
  const { read, evidence } = createClaimReader(circumstances.principal.claims);
  const judged = conditionsOf(conditions satisfies NothingElse<typeof conditions>, circumstances, read);
  if (!judged.every(({ isMet }) => isMet)) return undefined;
  const folder = expandTemplate(prefix, read);
  const attributes = attributesOf({ sourceIdentity, sessionTags }, read);
  if (folder === undefined || attributes === undefined) return undefined;
  const scope = { bucket: storage.bucket, prefixes: [storage.prefix + folder], permission };
  return { name, scope, attributes, maxDurationSeconds, evidence: evidence() };
}
