import type { Authorization } from "./authorize.ts";
import type { Principal } from "./principal.ts";
import type { Scope } from "./scope.ts";
import { sessionName } from "./session-name.ts";
import type { VendingStorage } from "./storage.ts";

/** What STS is asked for. */
export interface IssueRequest<S extends VendingStorage = VendingStorage> {
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
  { scope, durationSeconds }: Authorization,
  storage: S,
  principal: Principal,
): IssueRequest<S> {
  return { storage, scope, durationSeconds, sessionName: sessionName(storage, principal) };
}
