import type { Authorization } from "./authorize.ts";
import type { Principal } from "./principal.ts";
import type { Scope } from "./scope.ts";
import type { SessionAttributes } from "./session-attributes.ts";
import { sessionName } from "./session-name.ts";
import type { VendingStorage } from "./storage.ts";

/** What STS is asked for. */
export interface IssueRequest<S extends VendingStorage = VendingStorage> extends SessionAttributes {
  storage: S;
  scope: Scope;
  durationSeconds: number;
  sessionName: string;
  /** The caller's own token, for `web-identity` only. */
  webIdentityToken?: string;
}

/**
 * What STS is asked for once a request is authorized.
 *
 * @example issueRequest(authorization, storage, principal).sessionName // "keyvend-lake"
 */
export function issueRequest<S extends VendingStorage>(
  { scope, durationSeconds, attributes }: Authorization,
  storage: S,
  principal: Principal,
): IssueRequest<S> {
  const name = sessionName(storage, principal);
  const byName = storage.issue === "assume-role" && storage.sourceIdentity ? { sourceIdentity: name } : {};
  return { storage, scope, durationSeconds, sessionName: name, ...byName, ...attributes };
}
