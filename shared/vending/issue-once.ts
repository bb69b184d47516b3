import type { IssueRequest } from "../core/issue-request.ts";
import type { Session } from "../core/session.ts";
import { claimMs, createClaimWatch } from "./claim-watch.ts";
import { failsNow, failureOf, toldRefusal } from "./failure.ts";
import type { Found, Kept } from "./kept.ts";
import { type KeptSession, sealKept, type Warrant } from "./kept-session.ts";
import type { Obtained } from "./obtained.ts";
import { type ClaimTable, type Clock, type Entry, type Issue, type Seal, TableUnreachable } from "./ports.ts";

/**
 * How long a caller waits for another's issue before it issues by itself: an answer in time beats one call saved. A dead
 * claim and the issue after it fit in, so that a winner's death costs one more call, not one for each who waits.
 */
const patienceMs = 1_900;
/** The pauses between two looks grow, so that a thousand who wait leave the table room for the one who issues. */
const firstPauseMs = 80;
const pauseGrowth = 1.6;
const longestPauseMs = 200;

/** What is to be issued, under which key it is kept, and for whom the warmer may issue it again. */
export interface Wanted {
  key: string;
  request: IssueRequest;
  warrant: Warrant | undefined;
}

/** What is kept of a session that was issued. */
export function keptOf({ warrant }: Wanted, session: Session): KeptSession {
  return { session, ...(warrant && { warrant }) };
}

interface Ports {
  kept: Kept;
  claims: ClaimTable;
  seal: Seal;
  issue: Issue;
  clock: Clock;
}

export type IssueOnce = ReturnType<typeof createIssueOnce>;

/**
 * The miss of the cache protocol: claim → issue → seal → keep, once however many callers there are.
 *
 * @example const { session } = await createIssueOnce(ports).issueOnce(found, wanted)
 */
export function createIssueOnce({ kept, claims, seal, issue, clock }: Ports) {
  /** Issues for a claimed generation. A failure ends the claim, and is told to those who wait. */
  async function issueClaimed(wanted: Wanted, generation: number): Promise<Obtained> {
    const { key, request } = wanted;
    let session: Session;
    try {
      session = await issue(request);
    } catch (error) {
      await claims.release(key, generation, failureOf(error, clock.now())).catch(() => {});
      throw error;
    }
    const result = keptOf(wanted, session);
    try {
      const sealed = await sealKept(seal, key, result);
      // Overtaken or not, the session is good for this caller; only what was kept is everybody's.
      await claims.keep({ key, generation, sealed, expiration: session.expiration });
      kept.forget(key);
      return { session, cache: "issued" };
    } catch (error) {
      // It is this instance's at least.
      kept.remember(key, result);
      // Nobody shall wait for a result that will not come; where the table is away, nobody can be told.
      if (!(error instanceof TableUnreachable)) await claims.release(key, generation).catch(() => {});
      return { session, cache: "issued", reason: `not kept: ${error}` };
    }
  }

  return {
    /**
     * Becomes the one who issues, or waits for that one.
     *
     * @throws VendError when STS gives none, to whoever asked it and to those who waited for that; TableUnreachable when
     *   nothing can be claimed.
     */
    async issueOnce(first: Found, wanted: Wanted): Promise<Obtained> {
      const { key, request } = wanted;
      const began = clock.now();
      const watch = createClaimWatch(clock);
      let hasClaimFailed = false;
      let found = first;
      for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * pauseGrowth, longestPauseMs)) {
        const { entry } = found;
        const now = clock.now();
        // What became of a claim that was waited for is news, whatever the clocks say.
        if (entry?.failure && (failsNow(entry.failure, now) || watch.hasSeen(entry))) {
          throw toldRefusal(entry.failure, request.storage, now);
        }
        const turn = watch.judge(entry);
        if (turn !== "stands") {
          // The claim names the generation that was seen: who comes late does not issue once more.
          const claiming = claims.claim(key, entry, now, now + claimMs);
          const generation = await claiming.catch((fault: unknown) => {
            // Once: where a thousand claim at the same moment, another's may have got through.
            if (hasClaimFailed || !(fault instanceof TableUnreachable)) throw fault;
            hasClaimFailed = true;
            return undefined;
          });
          if (generation !== undefined) {
            const issued = await issueClaimed(wanted, generation);
            return turn === "dead" ? { ...issued, waitedMs: now - began, tookOver: true } : issued;
          }
        }
        const waitedMs = clock.now() - began;
        if (waitedMs >= patienceMs) {
          const session = await issue(request);
          kept.remember(key, keptOf(wanted, session));
          return { session, cache: "issued", waitedMs, reason: "waited too long for another caller" };
        }
        // Jitter, so that those who wait do not look in step.
        await clock.sleep(Math.min(pauseMs * (0.5 + Math.random()), patienceMs - waitedMs));
        found = await kept.find(key).catch((fault: unknown) => {
          // Who waits bears with a table that is overloaded for a moment.
          if (fault instanceof TableUnreachable) return found;
          throw fault;
        });
        if (kept.mayServe(found)) return { ...kept.serve(found), waitedMs: clock.now() - began };
      }
    },

    /**
     * Issues anew for an entry that is due.
     *
     * @returns `undefined` when somebody else was faster.
     * @throws VendError when STS gives none; what is kept stays.
     */
    async renew(entry: Entry, request: IssueRequest, warrant: Warrant): Promise<Obtained | undefined> {
      const { key } = entry;
      const now = clock.now();
      const generation = await claims.claim(key, entry, now, now + claimMs);
      return generation === undefined ? undefined : issueClaimed({ key, request, warrant }, generation);
    },
  };
}
