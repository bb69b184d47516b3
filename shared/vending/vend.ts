import type { CredentialsAnswer } from "../contract.ts";
import { type Ask, type Authorization, authorize } from "../core/authorize.ts";
import type { Config } from "../core/config.ts";
import { VendError } from "../core/errors.ts";
import { type IssueRequest, issueRequest } from "../core/issue-request.ts";
import type { Principal } from "../core/principal.ts";
import { addressOf, enforcementOf, type VendingStorage } from "../core/storage.ts";
import { formatTarget } from "../core/target.ts";
import type { Obtain } from "./obtain.ts";
import type { Obtained } from "./obtained.ts";
import type { Audit, AuditRecord, Issue } from "./ports.ts";
import { grantPart, refusalPart, requestPart, sessionPart } from "./trail.ts";

/** The authenticated caller of one request. */
export interface Caller {
  principal: Principal;
  /** An OIDC token itself: `web-identity` hands it on to STS, and nothing else looks at it. */
  token?: string;
  requestId: string;
}

interface Ports {
  config: Config;
  obtain: Obtain;
  issue: Issue;
  audit: Audit;
}

/**
 * Answers a request with credentials: authorize → obtain → audit → answer. Authorization stands before the cache, so
 * that a grant which was taken away opens nothing, whatever is still kept.
 *
 * @throws VendError for every refusal; each is in the audit trail.
 * @example await createVend(ports)({ storage: "lake" }, caller)
 */
export function createVend({ config, obtain, issue, audit }: Ports) {
  async function obtainFor(
    request: IssueRequest,
    ask: Ask,
    principal: Principal,
    evidence: Principal["claims"],
  ): Promise<Obtained> {
    const { storage } = request;
    // A long-term key is never kept outside Secrets Manager.
    if (storage.issue === "static") return { session: await issue(request), cache: "issued" };
    // Without a warrant there is no warming: the warmer has no token of the caller's.
    if (storage.issue === "web-identity") return obtain({ ...request, storage });
    return obtain({ ...request, storage }, { principal: { ...principal, claims: evidence }, ask });
  }

  return async function vend(ask: Ask, caller: Caller): Promise<CredentialsAnswer> {
    const { principal, requestId } = caller;
    let known: Partial<AuditRecord> = requestPart(config, principal, ask);
    const record = (part: Pick<AuditRecord, "decision"> & Partial<AuditRecord>) =>
      audit.record({ requestId, ...known, ...part });
    try {
      const authorization = authorize(config, principal, ask);
      known = { ...known, ...grantPart(authorization) };
      const request = requestFor(authorization, caller);
      const { session, ...how } = await obtainFor(request, ask, principal, authorization.evidence);
      record({ decision: "vended", ...sessionPart(request, session), ...how });
      return answer(authorization, request.storage, session);
    } catch (error) {
      record({ decision: "refused", ...refusalPart(error) });
      throw error;
    }
  };
}

/**
 * What STS is asked for an authorized request.
 *
 * @throws VendError `delegation_off`, `identity_not_accepted`.
 */
export function requestFor(authorization: Authorization, { principal, token }: Caller): IssueRequest {
  const { storage } = authorization;
  if (storage.issue === "none") {
    throw new VendError(
      "delegation_off",
      `Storage ${storage.name} vends no credentials; use your own with the endpoint, region and path style told here.`,
      { address: addressOf(storage) },
    );
  }
  const request = issueRequest(authorization, storage, principal);
  if (storage.issue !== "web-identity") return request;
  if (principal.kind === "oidc" && token !== undefined) return { ...request, webIdentityToken: token };
  throw new VendError(
    "identity_not_accepted",
    `Storage ${storage.name} takes the tokens of OIDC issuers only.`,
  );
}

function answer(
  { scope, durationSeconds, cappedBy }: Authorization,
  storage: VendingStorage,
  session: Obtained["session"],
): CredentialsAnswer {
  return {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    Token: session.sessionToken,
    Expiration: new Date(session.expiration).toISOString(),
    ...addressOf(storage),
    Targets: scope.prefixes.map((prefix) => formatTarget(scope.bucket, prefix)),
    Permission: scope.permission,
    ScopeEnforcedBy: enforcementOf[storage.issue],
    DurationSeconds: durationSeconds,
    ...(cappedBy && { DurationCappedBy: cappedBy }),
    ...(storage.issue === "static" && {
      Warning: "These are long-term keys: they do not expire, and nothing limits them to a scope.",
    }),
  };
}
