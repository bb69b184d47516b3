import type { IssueRequest } from "../core/issue-request.ts";
import type { Session } from "../core/session.ts";
import type { Found, Kept } from "./kept.ts";
import { sealKept, type Warrant } from "./kept-session.ts";
import type { Obtained } from "./obtained.ts";
import { type ClaimTable, type Clock, type Entry, type Issue, type Seal, TableUnreachable } from "./ports.ts";

/** How long a claim stands: longer than STS takes, so that only a dead or stuck winner is overtaken. */
const claimMs = 1_500;
/** How long a caller waits for another's issue before it issues by itself: an answer in time beats one call saved. */
const waitMs = 1_800;
const pollMs = 40;

/** What is to be issued, under which key it is kept, and for whom the warmer may issue it again. */
export interface Wanted {
  key: string;
  request: IssueRequest;
  warrant: Warrant | undefined;
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
  /** Issues for a claimed generation. A failure is never kept: the claim ends, and the next caller asks STS anew. */
  async function issueClaimed({ key, request, warrant }: Wanted, generation: number): Promise<Obtained> {
    let session: Session;
    try {
      session = await issue(request);
    } catch (error) {
      await claims.release(key, generation).catch(() => {});
      throw error;
    }
    try {
      const sealed = await sealKept(seal, key, warrant === undefined ? { session } : { session, warrant });
      // Overtaken or not, the session is good for this caller; only what was kept is everybody's.
      await claims.keep({ key, generation, sealed, expiration: session.expiration });
      kept.forget(key);
      return { session, cache: "issued" };
    } catch (error) {
      // Nobody shall wait for a result that will not come; where the table is away, nobody can be told.
      if (!(error instanceof TableUnreachable)) await claims.release(key, generation).catch(() => {});
      return { session, cache: "issued", reason: `not kept: ${error}` };
    }
  }

  return {
    /**
     * Becomes the one who issues, or waits for that one.
     *
     * @throws VendError when STS gives none, TableUnreachable
     */
    async issueOnce(first: Found, wanted: Wanted): Promise<Obtained> {
      const patience = clock.now() + waitMs;
      for (let found = first; ; ) {
        const now = clock.now();
        if ((found.entry?.claimedUntil ?? 0) <= now) {
          // The claim names the generation that was seen: who comes late does not issue once more.
          const generation = await claims.claim(wanted.key, found.entry, now, now + claimMs);
          if (generation !== undefined) return issueClaimed(wanted, generation);
        }
        if (now >= patience) {
          const session = await issue(wanted.request);
          return { session, cache: "issued", reason: "waited too long for another caller" };
        }
        // Jitter, so that a thousand waiters do not read in step.
        await clock.sleep(pollMs * (0.5 + Math.random()));
        found = await kept.find(wanted.key);
        const answer = await kept.serve(found);
        if (answer !== undefined) return answer;
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
