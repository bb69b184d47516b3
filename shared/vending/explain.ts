import type { CacheState, ExplainAnswer, OperationGroup } from "../contract.ts";
import type { Ask } from "../core/ask.ts";
import { type Authorization, authorize } from "../core/authorize.ts";
import type { Config } from "../core/config.ts";
import { entryKey } from "../core/entry-key.ts";
import { VendError } from "../core/errors.ts";
import { isServable, isUsable, servableUntil, toldEnd } from "../core/expiry.ts";
import { type IssueRequest, isKept, issueRequest } from "../core/issue-request.ts";
import { mostPolicyCharacters } from "../core/policy.ts";
import { addressOf } from "../core/storage.ts";
import type { GrantTerms } from "../core/sts-rules.ts";
import { formatTarget } from "../core/target.ts";
import { wayOf } from "../core/ways.ts";
import { nearMisses } from "./near-misses.ts";
import { type Audit, type AuditRecord, type Clock, TableUnreachable } from "./ports.ts";
import type { Revocations } from "./revocations.ts";
import type { SessionCache } from "./session-cache.ts";
import { grantPart, refusalPart, requestPart } from "./trail.ts";
import type { Caller } from "./vend.ts";

interface ExplainPorts {
  config: Config;
  /** Only the read: explaining does not count as using an entry. */
  sessions: Pick<SessionCache, "lookUp">;
  revocations: Pick<Revocations, "current">;
  audit: Audit;
  clock: Pick<Clock, "now">;
  /** For requests that are explained as by the door for STS. */
  grantTerms?: GrantTerms | undefined;
}

/**
 * Explains the answer that a request for credentials would get, and why: by the same decision, in the same order, but
 * nothing is issued, kept or marked as used. A refusal is an explanation like any other; each one leaves a record.
 *
 * @throws whatever is not a refusal.
 * @example const { Decision, Grant } = await createExplain(ports)({ storage: "lake" }, caller)
 */
export function createExplain({ config, sessions, revocations, audit, clock, grantTerms }: ExplainPorts) {
  async function cacheState(
    request: IssueRequest,
    { need, toldSeconds }: Authorization,
  ): Promise<CacheState> {
    if (!isKept(request)) return { State: "never" };
    try {
      const { entry, content, standing } = await sessions.lookUp(entryKey(request), request);
      const now = clock.now();
      if (!entry || !content || standing === "ended" || !isUsable(content.session, now))
        return { State: "empty" };
      return {
        State: isServable(content.session, now, need) ? "servable" : "stale",
        Expiration: isoTime(content.session.expiration),
        ...(toldSeconds && { ToldExpiration: isoTime(toldEnd(content.session, now, toldSeconds)) }),
        ServableUntil: isoTime(
          need ? content.session.expiration - need.leftMs : servableUntil(content.session),
        ),
        Used: entry.dueAt !== undefined,
        ...(entry.dueAt !== undefined && { DueAt: isoTime(entry.dueAt) }),
      };
    } catch (fault) {
      if (fault instanceof TableUnreachable) return { State: "unreachable" };
      throw fault;
    }
  }

  return async function explain(ask: Ask, caller: Caller): Promise<ExplainAnswer> {
    const { principal, requestId } = caller;
    const circumstances = { principal, sourceIp: caller.sourceIp, now: clock.now() };
    const Time = isoTime(circumstances.now);
    const Caller = { Issuer: principal.issuer, Subject: principal.subject };
    let facts: Pick<ExplainAnswer, "Storage" | "Caller"> & Partial<ExplainAnswer> = {
      Storage: ask.storage,
      Caller,
    };
    let recorded: Partial<AuditRecord> = requestPart(config, circumstances, ask, grantTerms);
    const record = (part: Partial<AuditRecord>) =>
      audit.record({ requestId, decision: "explained", ...recorded, ...part });
    try {
      const judge = await revocations.current();
      const authorization = authorize(config, { ...circumstances, judge }, ask, { grantTerms });
      recorded = { ...recorded, ...grantPart(authorization) };
      facts = {
        ...grantFacts(authorization),
        Caller: { ...Caller, Claims: authorization.evidence },
      };
      judge?.admit({ ...authorization, principal });
      const request = issueRequest(authorization, caller);
      const Cache = await cacheState(request, authorization);
      const { policy, removed } = request;
      record({ ...(removed && { removed }) });
      return { ...facts, Decision: "allowed", ...policyFacts(policy, removed), Cache, Time };
    } catch (error) {
      record(refusalPart(error));
      if (!(error instanceof VendError)) throw error;
      const { code: Code, message: Message, removed } = error;
      const misses = Code === "no_grant" && { NearMisses: nearMisses(config, circumstances, ask) };
      return { ...facts, Decision: "refused", Code, Message, ...misses, ...removedFact(removed), Time };
    }
  };
}

function grantFacts(authorization: Authorization) {
  const { storage, grant, latestEnd, scope, durationSeconds, cappedBy, toldSeconds } = authorization;
  const { stsCall, scopeHeldBy } = wayOf(storage);
  return {
    ...addressOf(storage),
    Grant: grant,
    ...(latestEnd !== undefined && { GrantEnds: isoTime(latestEnd) }),
    Targets: scope.prefixes.map((prefix) => formatTarget(scope.bucket, prefix)),
    Permission: scope.permission,
    ...(scope.also && { Also: [...scope.also], ...notesOn(scope.also) }),
    DurationSeconds: toldSeconds ?? durationSeconds,
    ...(toldSeconds && { IssuedSeconds: durationSeconds }),
    ...(cappedBy && { DurationCappedBy: cappedBy }),
    Way: storage.issue,
    ...(stsCall && { StsCall: stsCall }),
    ...(scopeHeldBy && { ScopeEnforcedBy: scopeHeldBy }),
  };
}

/** What is not plain from the name of a group. */
function notesOn(groups: readonly OperationGroup[]): Pick<ExplainAnswer, "Notes"> {
  if (!groups.includes("folder")) return {};
  return {
    Notes: [
      "folder: the folder's name without its slash can be read and listed, and so names, sizes and times of all keys that begin with it. " +
        "Seen to let S3A look at the folder on this project's emulation and on Ceph. " +
        "That AWS takes the key of a HEAD for s3:prefix, as they do, was not shown on AWS.",
    ],
  };
}

function policyFacts(
  policy: string | undefined,
  removed: readonly string[] | undefined,
): Pick<ExplainAnswer, "Policy" | "Removed"> {
  if (policy === undefined) return {};
  return {
    ...removedFact(removed),
    Policy: { Document: policy, Characters: policy.length, MostCharacters: mostPolicyCharacters },
  };
}

function removedFact(removed: readonly string[] | undefined): Pick<ExplainAnswer, "Removed"> {
  return removed ? { Removed: [...removed] } : {};
}

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
