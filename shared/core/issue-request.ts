import type { Authorization } from "./authorize.ts";
import { VendError } from "./errors.ts";
import type { Principal } from "./principal.ts";
import type { SessionAttributes } from "./session-attributes.ts";
import { sessionName } from "./session-name.ts";
import { type SessionPolicy, sessionPolicy } from "./session-policy.ts";
import { addressOf } from "./storage.ts";
import { isVending, type KeptStorage, type VendingStorage, wayOf } from "./ways.ts";

/** What STS is asked for, and for which principal. The files in `aws/issue/` send it as it is, but for the principal. */
export interface IssueRequest<S extends VendingStorage = VendingStorage> extends SessionAttributes {
  storage: S;
  /** The compiled scope. A way whose scope a session policy holds cannot be asked without one. */
  policy: SessionPolicy<S>;
  durationSeconds: number;
  /** Epoch milliseconds; present where the session is to last until then, whenever it is asked for. */
  endsAt?: number;
  sessionName: string;
  /** Keys of `sessionTags` that stay through roles which are assumed from the session. Sorted. */
  transitiveTagKeys?: readonly string[];
  /** The caller's own token, for ways that need it only. */
  webIdentityToken?: string;
  /** Of what the caller's own policy allows, what its grant does not. It decides nothing of the session, and is recorded. */
  removed?: readonly string[];
  /** Who asks, and by which grant. Both decide nothing of the session: the one is counted, and each can be revoked. */
  principal: Pick<Principal, "issuer" | "subject">;
  grant: string;
}

/** Are the sessions of this request kept, so that others may be served from them? */
export function isKept(request: IssueRequest): request is IssueRequest<KeptStorage> {
  return wayOf(request.storage).isKept;
}

/** For whom credentials are issued. */
interface Recipient {
  principal: Principal;
  /** The OIDC token itself, where the caller came with one. */
  token?: string;
}

/**
 * What STS is asked for once a request is authorized.
 *
 * @throws VendError `delegation_off` where the storage vends nothing, `identity_not_accepted` where its way needs a token
 * that the caller does not have; and what `compilePolicy` and `intersectPolicy` throw.
 * @example issueRequest(authorization, { principal }).sessionName // "keyvend-lake"
 */
export function issueRequest(authorization: Authorization, recipient: Recipient): IssueRequest {
  const {
    storage,
    scope,
    intersected,
    durationSeconds,
    attributes,
    endsWithGrant,
    latestEnd,
    transitiveTagKeys,
  } = authorization;
  if (!isVending(storage)) {
    throw new VendError(
      "delegation_off",
      `Storage ${storage.name} vends no credentials; use your own with the endpoint, region and path style told here.`,
      { address: addressOf(storage) },
    );
  }
  const name = sessionName(storage, recipient.principal);
  const isNameTheSource = "sourceIdentity" in storage && storage.sourceIdentity === true;
  return {
    storage,
    ...(intersected?.() ?? { policy: sessionPolicy(storage, scope) }),
    durationSeconds,
    ...(endsWithGrant && latestEnd !== undefined && { endsAt: latestEnd }),
    sessionName: name,
    ...(isNameTheSource && { sourceIdentity: name }),
    ...attributes,
    ...(transitiveTagKeys && { transitiveTagKeys }),
    ...(wayOf(storage).needsCallersToken && { webIdentityToken: tokenOf(recipient, storage.name) }),
    principal: { issuer: recipient.principal.issuer, subject: recipient.principal.subject },
    grant: authorization.grant,
  };
}

function tokenOf({ principal, token }: Recipient, storageName: string): string {
  if (principal.kind === "oidc" && token !== undefined) return token;
  throw new VendError(
    "identity_not_accepted",
    `Storage ${storageName} takes the tokens of OIDC issuers only.`,
  );
}
