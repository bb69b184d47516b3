import type { Scope } from "../core/scope.ts";
import type { Session } from "../core/session.ts";
import type { VendingStorage } from "../core/storage.ts";

/** What STS is asked for. Everything in it that a way uses decides the credential, and so is part of the entry's key. */
export interface IssueRequest<S extends VendingStorage = VendingStorage> {
  storage: S;
  scope: Scope;
  durationSeconds: number;
  sessionName: string;
  /** The caller's own token, for `web-identity` only. */
  webIdentityToken?: string;
}

/** Asks STS, one implementation a way. Throws `VendError`. */
export interface Issuer<S extends VendingStorage = VendingStorage> {
  issue(request: IssueRequest<S>): Promise<Session>;
}
