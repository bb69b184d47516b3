import type { Ask } from "../core/ask.ts";
import { type Authorization, wouldGrant } from "../core/authorize.ts";
import type { Circumstances } from "../core/circumstances.ts";
import type { Config } from "../core/config.ts";
import { VendError } from "../core/errors.ts";
import type { IssueRequest } from "../core/issue-request.ts";
import type { Principal } from "../core/principal.ts";
import type { Session } from "../core/session.ts";
import type { GrantTerms } from "../core/sts-rules.ts";
import { formatTarget } from "../core/target.ts";
import type { AuditRecord } from "./ports.ts";

/** The parts of an audit record, each from the step of a request that knows it. */

export function principalPart({ subject, issuer, kind, tokenHash, claims }: Principal): Partial<AuditRecord> {
  const { sessionName } = claims;
  return {
    principal: subject,
    issuer,
    identity: kind,
    tokenHash,
    // All sessions of a role are one principal, and yet the work of different people.
    ...(kind === "aws" && typeof sessionName === "string" && { callerSession: sessionName }),
  };
}

/** The caller, its ask, and the grants in audit mode that would have allowed it. */
export function requestPart(
  config: Config,
  circumstances: Circumstances & { sourceIp: string | undefined },
  ask: Ask,
  grantTerms?: GrantTerms,
): Partial<AuditRecord> {
  const trials = wouldGrant(config, circumstances, ask, grantTerms);
  return {
    sourceIp: circumstances.sourceIp,
    ...principalPart(circumstances.principal),
    ...askPart(ask),
    ...(trials.length > 0 && { wouldGrant: trials }),
  };
}

export function askPart(ask: Ask): Partial<AuditRecord> {
  return { storage: ask.storage };
}

export function grantPart({ grant, storage, scope }: Authorization): Partial<AuditRecord> {
  return {
    grant,
    storage: storage.name,
    way: storage.issue,
    targets: scope.prefixes.map((prefix) => formatTarget(scope.bucket, prefix)),
    permission: scope.permission,
    ...(scope.also && { also: scope.also }),
  };
}

export function sessionPart(request: IssueRequest, session: Session): Partial<AuditRecord> {
  return {
    sessionName: request.sessionName,
    accessKeyId: session.accessKeyId,
    expiration: new Date(session.expiration).toISOString(),
    ...(request.removed && { removed: request.removed }),
  };
}

/** The refusal as the caller got it, with the cause that only the operator sees. */
export function refusalPart(error: unknown): Pick<AuditRecord, "code" | "reason" | "removed"> {
  if (!(error instanceof VendError)) return { code: "internal", reason: String(error) };
  const cause = error.cause === undefined ? "" : ` (${error.cause})`;
  const { code, removed } = error;
  return { code, reason: `${error.message}${cause}`, ...(removed?.length && { removed }) };
}
