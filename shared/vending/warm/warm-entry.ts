import type { ErrorCode } from "../../contract.ts";
import { authorize } from "../../core/authorize.ts";
import { noCaller } from "../../core/circumstances.ts";
import type { Config } from "../../core/config.ts";
import { entryKey } from "../../core/entry-key.ts";
import { isKept, issueRequest } from "../../core/issue-request.ts";
import type { Principal } from "../../core/principal.ts";
import type { Judge } from "../../core/revocation.ts";
import type { GrantTerms } from "../../core/sts-rules.ts";
import { wayOf } from "../../core/ways.ts";
import type { Warrant } from "../entry-content.ts";
import type { IssueOnce } from "../issue-once.ts";
import {
  type Audit,
  type AuditRecord,
  type Clock,
  type DueTable,
  type Entry,
  NoSlot,
  TableUnreachable,
} from "../ports.ts";
import type { Revocations } from "../revocations.ts";
import { askPart, grantPart, principalPart, refusalPart, sessionPart } from "../trail.ts";
import { codeOf, isStoragesOwn, type StorageBackoff } from "./storage-backoff.ts";
import type { StsBudget } from "./sts-budget.ts";

interface WarmEntryPorts {
  budget: Pick<StsBudget, "stepBack">;
  config: Config;
  table: Pick<DueTable, "drop">;
  renew: IssueOnce["renew"];
  revocations: Pick<Revocations, "current">;
  audit: Audit;
  clock: Pick<Clock, "now">;
  grantTerms?: GrantTerms | undefined;
}

/** What one entry shares with the others of its pass. */
interface Surroundings {
  requestId: string;
  /** For whom it is issued; `undefined` if that cannot be read. */
  warrant: Warrant | undefined;
  backoff: StorageBackoff;
  /** Waits until it is time to claim the entry; false when there will be none. */
  approach(): Promise<boolean>;
}

/** What became of a due entry. */
export type WarmOutcome =
  /** `passed`: issued by another instance meanwhile; `left`: there was no time. */
  | "issued"
  | "dropped"
  | "passed"
  | "left"
  /** Its own failure, which another try meets again. */
  | { failed: ErrorCode }
  /**
   * To be tried after the others: it missed its slot, or its storage is to be left alone for now. `failed` is the
   * code, if this was a try that failed.
   */
  | { behind: string; failed?: ErrorCode };

/**
 * Issues for one entry. It is authorized again, and dropped if the configuration of today would not vend it.
 *
 * @throws (the promise) TableUnreachable
 * @example const outcome = await createWarmEntry(ports)(entry, { requestId, warrant, backoff, approach })
 */
export function createWarmEntry(ports: WarmEntryPorts) {
  const { budget, config, table, renew, revocations, audit, clock, grantTerms } = ports;

  /** The same request, authorized anew; `undefined` when the configuration of today would vend something else. */
  function authorizedAgain({ principal, ask, grant }: Warrant, key: string, judge: Judge | undefined) {
    const now = clock.now();
    if (!isStillListed(principal, config, now)) return undefined;
    const authorization = authorize(config, { principal, now, sourceIp: noCaller }, ask, {
      byGrant: grant,
      grantTerms,
    });
    if (!wayOf(authorization.storage).isWarmed) return undefined;
    judge?.admit({ ...authorization, principal });
    const request = issueRequest(authorization, { principal });
    return isKept(request) && entryKey(request) === key ? { authorization, request } : undefined;
  }

  return async function warmEntry(
    entry: Entry,
    { requestId, warrant, backoff, approach }: Surroundings,
  ): Promise<WarmOutcome> {
    const record = (part: Pick<AuditRecord, "decision"> & Partial<AuditRecord>) =>
      audit.record({
        requestId,
        ...(warrant && { ...principalPart(warrant.principal), ...askPart(warrant.ask) }),
        ...part,
      });
    const drop = async (reason: Pick<AuditRecord, "code" | "reason">): Promise<WarmOutcome> => {
      if (!(await table.drop(entry.key, entry.generation))) return "passed";
      record({ decision: "dropped", ...reason });
      return "dropped";
    };

    if (!warrant) {
      // It stays: the fault may be the sealing key's, and a caller that needs a session issues anew.
      record({ decision: "failed", code: "internal", reason: "The entry cannot be opened." });
      return { failed: "internal" };
    }
    const judge = await revocations.current();
    let again: ReturnType<typeof authorizedAgain>;
    try {
      again = authorizedAgain(warrant, entry.key, judge);
    } catch (refusal) {
      return drop(refusalPart(refusal));
    }
    if (again === undefined) return drop({ reason: "The configuration has changed." });

    const { authorization, request } = again;
    const { storage } = warrant.ask;
    // Before the wait, so that it costs no slot, and after it, because others have tried meanwhile.
    if (!backoff.allows(storage)) return { behind: storage };
    if (!(await approach())) return "left";
    if (!backoff.allows(storage)) {
      budget.stepBack();
      return { behind: storage };
    }
    try {
      const result = await backoff.attempt(storage, () => renew(entry, request, warrant));
      if (result === undefined) {
        budget.stepBack();
        return "passed";
      }
      const { session, ...how } = result;
      record({ decision: "warmed", ...grantPart(authorization), ...sessionPart(request, session), ...how });
      return "issued";
    } catch (error) {
      if (error instanceof NoSlot) return { behind: storage };
      if (error instanceof TableUnreachable) throw error;
      record({ decision: "failed", ...grantPart(authorization), ...refusalPart(error) });
      const failed = codeOf(error);
      return isStoragesOwn(error) ? { behind: storage, failed } : { failed };
    }
  };
}

/** Of a caller that the configuration lists by name: is it still there? Others prove themselves to an issuer each time. */
function isStillListed(
  { kind, subject }: Principal,
  { apiTokens, clientKeys }: Config,
  now: number,
): boolean {
  const listed = kind === "client-key" ? clientKeys : kind === "api-token" ? apiTokens : undefined;
  return listed?.some(({ name, expiresAt }) => name === subject && now < expiresAt) ?? true;
}
