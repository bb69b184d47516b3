import type { CredentialsAnswer } from "../contract.ts";
import type { Ask } from "../core/ask.ts";
import { type Authorization, authorize } from "../core/authorize.ts";
import type { Config } from "../core/config.ts";
import { VendError } from "../core/errors.ts";
import { toldEnd } from "../core/expiry.ts";
import { type IssueRequest, isKept, issueRequest } from "../core/issue-request.ts";
import type { Principal } from "../core/principal.ts";
import type { Session } from "../core/session.ts";
import { addressOf } from "../core/storage.ts";
import type { GrantTerms } from "../core/sts-rules.ts";
import { formatTarget } from "../core/target.ts";
import { type VendingStorage, wayOf, ways } from "../core/ways.ts";
import type { Warrant } from "./entry-content.ts";
import type { Recourse } from "./issue-once.ts";
import type { Obtain } from "./obtain.ts";
import type { Audit, AuditRecord, Clock, Issue } from "./ports.ts";
import type { Revocations } from "./revocations.ts";
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
  patienceMs?: number | undefined;
  /** The name that the caller of STS gave to its session. It is for the audit trail, and decides nothing. */
  callerSession?: string;
  requestId: string;
}

interface VendPorts {
  config: Config;
  obtain: Obtain;
  issue: Issue;
  revocations: Pick<Revocations, "last" | "current">;
  audit: Audit;
  clock: Pick<Clock, "now">;
  /** For the door for STS. */
  grantTerms?: GrantTerms | undefined;
}

/**
 * Answers a request with credentials: authorize → obtain → audit → answer. Authorization stands before the cache, so
 * that a grant which was taken away opens nothing, whatever is still kept. What is revoked is refused there as well, and once more
 * before the answer, however long the caller has waited for it.
 *
 * @throws VendError for every refusal; each is in the audit trail.
 * @example await createVend(ports)({ storage: "lake" }, caller)
 */
export function createVend({ config, obtain, issue, revocations, audit, clock, grantTerms }: VendPorts) {
  async function obtainSession(
    request: IssueRequest,
    warrant: Warrant,
    { answerBy, ...waiting }: Pick<Caller, "answerBy" | "patienceMs"> & Pick<Recourse, "need">,
  ): Promise<SessionResult> {
    if (!isKept(request)) return { session: await issue(request), cache: "none" };
    // What cannot be warmed has no warrant, and nobody but its caller can wait for it.
    return obtain(request, { ...waiting, ...(wayOf(request.storage).isWarmed ? { warrant } : { answerBy }) });
  }

  return async function vend(ask: Ask, caller: Caller): Promise<CredentialsAnswer> {
    const { principal, requestId, answerBy, patienceMs, callerSession } = caller;
    const judge = revocations.last();
    const circumstances = { principal, sourceIp: caller.sourceIp, now: clock.now(), judge };
    let facts: Partial<AuditRecord> = {
      ...requestPart(config, circumstances, ask, grantTerms),
      ...(callerSession !== undefined && { callerSession }),
    };
    const record = (part: Pick<AuditRecord, "decision"> & Partial<AuditRecord>) =>
      audit.record({ requestId, ...facts, ...part });
    try {
      const authorization = authorize(config, circumstances, ask, { grantTerms });
      facts = { ...facts, ...grantPart(authorization) };
      // Of what is kept, the look into the cache refuses it, and reads the revocations together with the entry.
      if (!wayOf(authorization.storage).isKept)
        (await revocations.current())?.admit({ ...authorization, principal });
      const request = issueRequest(authorization, caller);
      const { grant, evidence, need, toldSeconds } = authorization;
      const warrant = { principal: { ...principal, claims: evidence }, ask, grant };
      const { session, ...how } = await obtainSession(request, warrant, { answerBy, patienceMs, need });
      assertEndsInTime(session, authorization);
      // Either may have been revoked while the caller waited.
      (await revocations.current())?.admit(request, session);
      const answer = answerWith(authorization, request.storage, session, clock.now());
      const told = toldSeconds && { toldExpiration: answer.Expiration };
      record({ decision: "vended", ...sessionPart(request, session), ...told, ...how });
      return answer;
    } catch (error) {
      // By what was read meanwhile, another grant may decide.
      if ((error as VendError).code === "revoked" && revocations.last() !== judge) return vend(ask, caller);
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
  { scope, durationSeconds, cappedBy, toldSeconds }: Authorization,
  storage: VendingStorage,
  session: Session,
  now: number,
): CredentialsAnswer {
  const { warning } = wayOf(storage);
  return {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    Token: session.sessionToken,
    Expiration: new Date(toldEnd(session, now, toldSeconds)).toISOString(),
    ...addressOf(storage),
    Targets: scope.prefixes.map((prefix) => formatTarget(scope.bucket, prefix)),
    Permission: scope.permission,
    ...(scope.also && { Also: [...scope.also] }),
    ScopeEnforcedBy: ways[storage.issue].scopeHeldBy,
    DurationSeconds: toldSeconds ?? durationSeconds,
    ...(cappedBy && { DurationCappedBy: cappedBy }),
    ...(warning && { Warning: warning }),
  };
}
