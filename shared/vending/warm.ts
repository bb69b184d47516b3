import { authorize } from "../core/authorize.ts";
import type { Config } from "../core/config.ts";
import { entryKey } from "../core/entry-key.ts";
import { type IssueRequest, issueRequest } from "../core/issue-request.ts";
import type { KeptStorage } from "../core/storage.ts";
import type { IssueOnce } from "./issue-once.ts";
import { openKept, type Warrant } from "./kept-session.ts";

import type { Audit, AuditRecord, Clock, DueTable, Entry, EntryTable, Seal } from "./ports.ts";
import { askPart, grantPart, principalPart, refusalPart, sessionPart } from "./trail.ts";

/** STS calls under way at once: a warmer that is throttled takes the quota of those who wait for an answer. */
const concurrency = 4;

interface Ports {
  config: Config;
  table: Pick<EntryTable, "get"> & DueTable;
  seal: Seal;
  renew: IssueOnce["renew"];
  audit: Audit;
  clock: Clock;
}

interface Pass {
  /** Entries due by then are issued; epoch milliseconds. */
  horizon: number;
  /** No issue is begun after; epoch milliseconds. */
  until: number;
  requestId: string;
}

/**
 * What became of a due entry. `passed`: used or issued by somebody else meanwhile; `left`: its storage had just
 * failed, or time was up.
 */
type Outcome = "issued" | "dropped" | "passed" | "failed" | "left";

/** How many due entries there were, by what became of them. */
export type WarmReport = Record<Outcome, number>;

/**
 * Issues again what is due and has been used since its last issue, ahead of need. Every entry is authorized again:
 * what the configuration of today would not vend is dropped. A storage that fails is left alone for the rest of the
 * pass and stops no other.
 *
 * @throws when the sealing keys or the table cannot be reached; what is kept stays.
 * @example await createWarm(ports)({ horizon: now, until: now + 50_000, requestId })
 */
export function createWarm({ config, table, seal, renew, audit, clock }: Ports) {
  /** The same request, authorized anew; `undefined` when the configuration of today would vend something else. */
  function authorizedAgain({ principal, ask }: Warrant, key: string) {
    const authorization = authorize(config, principal, ask);
    const { storage } = authorization;
    if (storage.issue === "none" || storage.issue === "static") return undefined;
    const request: IssueRequest<KeptStorage> = issueRequest(authorization, storage, principal);
    return entryKey(request) === key ? { authorization, request } : undefined;
  }

  async function warmEntry(entry: Entry, { requestId }: Pass, failing: Set<string>): Promise<Outcome> {
    const warrant = entry.sealed && (await openKept(seal, entry.key, entry.sealed))?.warrant;
    const record = (part: Pick<AuditRecord, "decision"> & Partial<AuditRecord>) =>
      audit.record({
        time: new Date(clock.now()).toISOString(),
        requestId,
        ...(warrant && { ...principalPart(warrant.principal), ...askPart(warrant.ask) }),
        ...part,
      });
    const drop = async (reason: Pick<AuditRecord, "code" | "reason">): Promise<Outcome> => {
      await table.drop(entry.key, entry.generation);
      record({ decision: "dropped", ...reason });
      return "dropped";
    };

    if (!warrant) return drop({ reason: "The entry cannot be opened." });
    if (failing.has(warrant.ask.storage)) return "left";
    let again: ReturnType<typeof authorizedAgain>;
    try {
      again = authorizedAgain(warrant, entry.key);
    } catch (refusal) {
      return drop(refusalPart(refusal));
    }
    if (again === undefined) return drop({ reason: "The configuration has changed." });
    const { authorization, request } = again;
    try {
      const obtained = await renew(entry, request, warrant);
      if (obtained === undefined) return "passed";
      const { session, ...how } = obtained;
      record({ decision: "warmed", ...grantPart(authorization), ...sessionPart(request, session), ...how });
      return "issued";
    } catch (error) {
      failing.add(warrant.ask.storage);
      record({ decision: "refused", ...grantPart(authorization), ...refusalPart(error) });
      return "failed";
    }
  }

  return async function warm(pass: Pass): Promise<WarmReport> {
    // Without the keys every entry would look like one that nobody can open, and be dropped.
    await seal.load();
    const report: WarmReport = { issued: 0, dropped: 0, passed: 0, failed: 0, left: 0 };
    const failing = new Set<string>();
    const keys = table.due(pass.horizon)[Symbol.asyncIterator]();

    async function warmNext(): Promise<void> {
      for (let next = await keys.next(); !next.done; next = await keys.next()) {
        if (clock.now() >= pass.until) {
          report.left++;
          continue;
        }
        // The list lags behind the table, which alone knows whether this is still due.
        const entry = await table.get(next.value);
        const due = entry?.dueAt !== undefined && entry.dueAt <= pass.horizon;
        report[due ? await warmEntry(entry, pass, failing) : "passed"]++;
      }
    }

    await Promise.all(Array.from({ length: concurrency }, warmNext));
    return report;
  };
}
