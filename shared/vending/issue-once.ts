import { isServable, isUsable, type Need } from "../core/expiry.ts";
import { DeadlinePassed, issueRefusal } from "../core/issue-refusal.ts";
import type { IssueRequest } from "../core/issue-request.ts";
import type { Session } from "../core/session.ts";
import type { KeptStorage } from "../core/ways.ts";
import { claimMs, comeBackSeconds, createClaimWatch, slowClaimMs } from "./claim-watch.ts";
import { type EntryContent, sealContent, type Warrant } from "./entry-content.ts";
import { failsNow, failureOf, repeatedRefusal } from "./failure.ts";
import { type HandOver, LeftToWarmer } from "./hand-over.ts";
import type { NoteKey } from "./note-key.ts";
import {
  type Absorb,
  type ClaimTable,
  type Clock,
  type Entry,
  type Failure,
  type Issue,
  type IssueOptions,
  type Seal,
  TableUnreachable,
} from "./ports.ts";
import type { Lookup, SessionCache } from "./session-cache.ts";
import type { SessionResult } from "./session-result.ts";
import type { StorageKeys } from "./storage-keys.ts";

/**
 * How long a caller usually waits for another's issue before it issues by itself: an answer in time beats one call saved. A dead
 * claim and the issue after it fit in, so that a winner's death costs one more call, not one for each caller that waits.
 */
const usualPatienceMs = 1_900;
/** The pauses between two looks grow, so that a thousand waiting callers leave the table room for the one that issues. */
const firstPauseMs = 80;
const pauseGrowth = 1.6;
const longestPauseMs = 200;

/** A request that the cache cannot answer. */
export interface Miss extends Recourse {
  key: string;
  request: IssueRequest<KeptStorage>;
}

/** What a request needs of a session, and what a miss can do where STS is slow. */
export interface Recourse {
  /** Absent: half of its life. */
  need?: Need | undefined;
  /** How long the caller waits for an issue that is not its own; absent: the usual time. */
  patienceMs?: number | undefined;
  /** For whom the warmer may issue, now and again. */
  warrant?: Warrant;
  /** Until when the caller can wait where the warmer cannot issue in its place; epoch milliseconds. */
  answerBy?: number;
}

/** A store may give less than it is asked for. Then it is asked for every request, and nothing else tells of it. */
const tooShort = "STS gave a session that is too short to be handed out again";

/** How long the claim of a miss stands. */
function claimMsOf({ answerBy = 0 }: Recourse, now: number): number {
  return Math.max(answerBy - now, claimMs);
}

/** What an entry keeps of a session that was issued. */
export function contentOf({ warrant }: Pick<Miss, "warrant">, session: Session): EntryContent {
  return { session, ...(warrant && { warrant }) };
}

interface IssueOncePorts {
  sessions: SessionCache;
  claims: ClaimTable;
  seal: Seal;
  issue: Issue;
  /** Absent in the warmer, which has nobody to leave a claim to. */
  handOver?: HandOver;
  storageKeys: Pick<StorageKeys, "known">;
  noteKey: NoteKey;
  absorb: Absorb;
  clock: Clock;
}

/** The time to seal and keep a session, of the time in which a caller can wait. */
const keepMs = 500;

/** When an issue has to be done: at the usual time, unless only its own caller can wait for it. */
export function timeFor({ answerBy }: Recourse, since: number): IssueOptions {
  return answerBy === undefined ? { since } : { until: answerBy - keepMs };
}

export type IssueOnce = ReturnType<typeof createIssueOnce>;

/**
 * The miss of the cache protocol: claim → issue → seal → keep, once however many callers there are.
 *
 * @example const { session } = await createIssueOnce(ports).issueOnce(lookup, miss)
 */
export function createIssueOnce(ports: IssueOncePorts) {
  const { sessions, claims, seal, issue, handOver, storageKeys, noteKey, absorb, clock } = ports;

  async function release(key: string, generation: number, failure?: Failure): Promise<void> {
    await claims.release(key, generation, failure).catch((fault: unknown) => absorb("table", fault));
  }

  /** Issues for a claimed generation. A failure ends the claim, and the callers that wait are told of it. */
  async function issueClaimed(miss: Miss, generation: number, isHandedOver = false): Promise<SessionResult> {
    const { key, request } = miss;
    const claimedAt = clock.now();
    let session: Session;
    try {
      const newestKey = await storageKeys.known(request.storage);
      session = await issue(request, {
        ...timeFor(miss, claimedAt),
        isHandedOver,
        ...(newestKey && { newestKey }),
      });
    } catch (error) {
      const comeBack = error instanceof DeadlinePassed && (await handOver?.(miss, generation, error));
      if (comeBack) throw comeBack;
      await release(key, generation, failureOf(error, clock.now()));
      throw error;
    }
    const content = contentOf(miss, session);
    const { issuedBy } = session;
    if (issuedBy !== undefined) await noteKey(request.storage, issuedBy, true);
    try {
      const sealed = await sealContent(seal, { key, generation }, content);
      // The session is good for this caller even if its claim was overtaken. Only the table's session is for all callers.
      await claims.keep({ key, generation, sealed, expiration: session.expiration });
      sessions.forget(key);
      const isTooShort = !miss.need && !isServable(session, clock.now());
      return { session, cache: "issued", ...(isTooShort && { notKept: true, reason: tooShort }) };
    } catch (error) {
      // This instance has it at least.
      sessions.remember(key, content);
      // No caller shall wait for a result that will not come, as far as the table can still tell them.
      absorb(error instanceof TableUnreachable ? "table" : "seal", error);
      await release(key, generation);
      return { session, cache: "issued", notKept: true, reason: `not kept: ${error}` };
    }
  }

  return {
    /**
     * Wins the claim and issues, or waits for the caller that has won it.
     *
     * @throws VendError when STS gives none, to the caller that asked it and to those that waited for it; TableUnreachable
     *   when nothing can be claimed.
     */
    async issueOnce(first: Lookup, miss: Miss): Promise<SessionResult> {
      const { key, request, need, patienceMs = usualPatienceMs } = miss;
      const began = clock.now();
      const watch = createClaimWatch(clock);
      let hasClaimFailed = false;
      let lookup = first;
      for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * pauseGrowth, longestPauseMs)) {
        const { entry, content, standing } = lookup;
        const now = clock.now();
        // The failure of a claim that this caller waited for is news, whatever the clocks say.
        if (entry?.failure && (failsNow(entry.failure, now) || watch.hasSeen(entry))) {
          throw repeatedRefusal(entry.failure, request.storage, now);
        }
        const claimState = watch.observe(entry);
        if (claimState !== "stands") {
          // The claim names the generation that was seen: a caller that comes late does not issue once more.
          const claiming = claims.claim(key, entry, now, claimMsOf(miss, now));
          const generation = await claiming.catch((fault: unknown) => {
            // Ignored once: when many callers claim together, the table may refuse this claim and accept another.
            if (hasClaimFailed || !(fault instanceof TableUnreachable)) throw fault;
            hasClaimFailed = true;
            return undefined;
          });
          if (generation !== undefined) {
            try {
              const issued = await issueClaimed(miss, generation);
              return claimState === "dead" ? { ...issued, waitedMs: now - began, tookOver: true } : issued;
            } catch (error) {
              // Now it is the warmer's issue, for which a caller waits if it was asked to.
              const isPatient = miss.patienceMs !== undefined && clock.now() - began < patienceMs;
              if (!isPatient || !(error instanceof LeftToWarmer)) throw error;
            }
          }
        }
        const waitedMs = clock.now() - began;
        const retryAfterSeconds = claimState === "stands" ? comeBackSeconds(entry, now) : undefined;
        // A caller with an old session to hand out need not wait at all, unless that has less than it needs.
        const hasOld =
          !need && content !== undefined && standing !== "ended" && isUsable(content.session, now);
        const hasTime = waitedMs < patienceMs && !hasOld;
        if (retryAfterSeconds !== undefined && !hasTime) {
          const cause = "STS is slow, and a call to it is under way for another caller";
          throw issueRefusal("unavailable", request.storage.name, { retryAfterSeconds, cause });
        }
        if (waitedMs >= patienceMs) {
          const session = await issue(request, timeFor(miss, clock.now()));
          sessions.remember(key, contentOf(miss, session));
          const reason = "waited too long for another caller";
          return { session, cache: "issued", notKept: true, waitedMs, reason };
        }
        // Jitter, so that waiting callers do not look in step.
        await clock.sleep(Math.min(pauseMs * (0.5 + Math.random()), patienceMs - waitedMs));
        lookup = await sessions.lookUp(key, request).catch((fault: unknown) => {
          // A waiting caller bears with a table that is overloaded for a moment.
          if (!(fault instanceof TableUnreachable)) throw fault;
          absorb("table", fault);
          return lookup;
        });
        if (sessions.isServable(lookup, need))
          return { ...sessions.fromTable(key, lookup), waitedMs: clock.now() - began };
      }
    },

    /**
     * Issues anew for an entry, for as long as STS takes.
     *
     * @returns `undefined` when another instance was faster.
     * @throws VendError when STS gives none; the entry stays as it is.
     */
    async renew(
      entry: Entry,
      request: IssueRequest<KeptStorage>,
      warrant: Warrant,
    ): Promise<SessionResult | undefined> {
      const { key } = entry;
      const now = clock.now();
      const generation = await claims.claim(key, entry, now, slowClaimMs);
      if (generation === undefined) return undefined;
      return issueClaimed({ key, request, warrant }, generation, entry.handedOver !== undefined);
    },
  };
}
