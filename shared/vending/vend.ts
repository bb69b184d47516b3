import type { CredentialsAnswer } from "../contract.ts";
import type { Ask } from "../core/ask.ts";
import { type Authorization, authorize } from "../core/authorize.ts";
import type { Config } from "../core/config.ts";
import { VendError } from "../core/errors.ts";
import { type IssueRequest, isKept, issueRequest } from "../core/issue-request.ts";
import type { Principal } from "../core/principal.ts";
import type { Session } from "../core/session.ts";
import { addressOf } from "../core/storage.ts";
import { formatTarget } from "../core/target.ts";
import { type VendingStorage, wayOf, ways } from "../core/ways.ts";
import type { Warrant } from "./entry-content.ts";
import type { Obtain } from "./obtain.ts";
import type { Audit, AuditRecord, Clock, Issue } from "./ports.ts";
import type { SessionResult } from "./session-result.ts";
import { grantPart, refusalPart, requestPart, sessionPart } from "./trail.ts";

/** The authenticated caller of one request. */
export interface Caller {
  principal: Principal;
  /** An OIDC token itself: `web-identity` hands it on to STS, and nothing else looks at it. */
  token?: string;
  /** The address that the caller connects from, as the door was told. */
  sourceIp: string | undefined;
  /** When its door ends the request, in epoch milliseconds. */
  answerBy: number;
  /** How long it can wait for another caller's issue, or for the warmer's; absent: the usual time. */
  patienceMs?: number;
  /** The name that the caller of STS gave to its session. It is for the audit trail, and decides nothing. */
  callerSession?: string;
  requestId: string;
}

interface VendPorts {
  config: Config;
  obtain: Obtain;
  issue: Issue;
  audit: Audit;
  clock: Pick<Clock, "now">;
}

/**
 * Answers a request with credentials: authorize → obtain → audit → answer. Authorization stands before the cache, so
 * that a grant which was taken away opens nothing, whatever is still kept.
 *
 * @throws VendError for every refusal; each is in the audit trail.
 * @example await createVend(ports)({ storage: "lake" }, caller)
 */
export function createVend({ config, obtain, issue, audit, clock }: VendPorts) {
  async function obtainSession(
    request: IssueRequest,
    warrant: Warrant,
    answerBy: number,
  ): Promise<SessionResult> {
    if (!isKept(request)) return { session: await issue(request), cache: "issued" };
    // What cannot be warmed has no warrant, and nobody but its caller can wait for it.
    return obtain(request, wayOf(request.storage).isWarmed ? { warrant } : { answerBy });
  }

  return async function vend(ask: Ask, caller: Caller): Promise<CredentialsAnswer> {
    const { principal, requestId } = caller;
    const circumstances = { principal, sourceIp: caller.sourceIp, now: clock.now() };
    let facts: Partial<AuditRecord> = requestPart(config, circumstances, ask);
    const record = (part: Pick<AuditRecord, "decision"> & Partial<AuditRecord>) =>
      audit.record({ requestId, ...facts, ...part });
    try {
      const authorization = authorize(config, circumstances, ask);
      facts = { ...facts, ...grantPart(authorization) };
      const request = issueRequest(authorization, caller);
      const { grant, evidence } = authorization;
      const warrant = { principal: { ...principal, claims: evidence }, ask, grant };
      const { session, ...how } = await obtainSession(request, warrant, caller.answerBy);
      assertEndsInTime(session, authorization);
      record({ decision: "vended", ...sessionPart(request, session), ...how });
      return answerWith(authorization, request.storage, session);
    } catch (error) {
      record({ decision: "refused", ...refusalPart(error) });
      throw error;
    }
  };
}

/** An STS may give more time than it was asked for; a grant's end holds all the same. */
function assertEndsInTime({ expiration }: Session, { latestEnd, storage }: Authorization): void {
  if (latestEnd === undefined || expiration <= latestEnd) return;
  throw new VendError("storage_misconfigured", `Storage ${storage.name} cannot issue credentials.`, {
    cause: "STS gave a session that lasts longer than it was asked for, and beyond the grant's end",
  });
}

function answerWith(
  { scope, durationSeconds, cappedBy }: Authorization,
  storage: VendingStorage,
  session: Session,
): CredentialsAnswer {
  const { warning } = wayOf(storage);
  return {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    Token: session.sessionToken,
    Expiration: new Date(session.expiration).toISOString(),
    ...addressOf(storage),
    Targets: scope.prefixes.map((prefix) => formatTarget(scope.bucket, prefix)),
    Permission: scope.permission,
    ...(scope.also && { Also: [...scope.also] }),
    ScopeEnforcedBy: ways[storage.issue].scopeHeldBy,
    DurationSeconds: durationSeconds,
    ...(cappedBy && { DurationCappedBy: cappedBy }),
    ...(warning && { Warning: warning }),
  };
}
