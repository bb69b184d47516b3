import { entryKey } from "../core/entry-key.ts";
import { VendError } from "../core/errors.ts";
import { dueAt, isServable, isUsable } from "../core/expiry.ts";
import type { IssueRequest } from "../core/issue-request.ts";
import type { Session } from "../core/session.ts";
import type { KeptStorage } from "../core/storage.ts";
import { boundedMap } from "./bounded-map.ts";
import { type KeptSession, openKept, sealKept, type Warrant } from "./kept-session.ts";
import {
  type CacheTier,
  type Clock,
  type Entry,
  type EntryTable,
  type Issue,
  type Seal,
  TableUnreachable,
} from "./ports.ts";
import { refusalPart } from "./trail.ts";

/** How long a claim stands: longer than STS takes, so that only a dead or stuck winner is overtaken. */
const claimMs = 1_500;
/** How long a caller waits for another's issue before it issues by itself: an answer in time beats one call saved. */
const waitMs = 1_800;
const pollMs = 40;
/** How long an instance answers from its memory: a burst costs one read, and a warmed session is soon everywhere. */
const rememberedMs = 5_000;
/** Sessions that one instance remembers. */
const mostRemembered = 1_000;

export interface Obtained {
  session: Session;
  cache: CacheTier;
  /** Past its serving time: STS gave no better. */
  stale?: true;
  /** What went wrong on the way although there is an answer, for the audit record. */
  reason?: string;
}

interface Ports {
  table: EntryTable;
  seal: Seal;
  issue: Issue;
  clock: Clock;
}

/** What the table holds for a key, opened. */
interface Found {
  entry: Entry | undefined;
  kept: KeptSession | undefined;
}

/**
 * The cache protocol: kept? → claim → issue → seal → keep. It knows nothing of who may have what: the caller has
 * authorized the request, and does so before every call.
 *
 * @example const { session } = await createObtain(ports).obtain(request, warrant)
 */
export function createObtain({ table, seal, issue, clock }: Ports) {
  const remembered = boundedMap<string, { kept: KeptSession; until: number }>(mostRemembered);

  async function find(key: string): Promise<Found> {
    const entry = await table.get(key);
    const kept = entry?.sealed === undefined ? undefined : await openKept(seal, key, entry.sealed);
    return { entry, kept };
  }

  /** The answer that the table holds, if it may still be served; at its first use it goes on the warmer's list. */
  async function served({ entry, kept }: Found): Promise<Obtained | undefined> {
    const now = clock.now();
    if (entry === undefined || kept === undefined || !isServable(kept.session, now)) return undefined;
    remembered.set(entry.key, { kept, until: now + rememberedMs });
    if (entry.dueAt === undefined && kept.warrant !== undefined) {
      // Failing to say that it is used costs a later issue, not this answer.
      await table.markUsed(entry.key, entry.generation, dueAt(kept.session)).catch(() => {});
    }
    return { session: kept.session, cache: "table" };
  }

  /** Issues for a claimed generation. A failure is never kept: the claim ends, and the next caller asks STS anew. */
  async function issueClaimed(
    key: string,
    generation: number,
    request: IssueRequest,
    warrant: Warrant | undefined,
  ): Promise<Obtained> {
    let session: Session;
    try {
      session = await issue(request);
    } catch (error) {
      await table.release(key, generation).catch(() => {});
      throw error;
    }
    const kept = warrant === undefined ? { session } : { session, warrant };
    try {
      const sealed = await sealKept(seal, key, kept);
      // Overtaken or not, the session is good for this caller; only what was kept is everybody's.
      await table.keep({ key, generation, sealed, expiration: session.expiration });
      remembered.delete(key);
      return { session, cache: "issued" };
    } catch (error) {
      // Nobody shall wait for a result that will not come; where the table is away, nobody can be told.
      if (!(error instanceof TableUnreachable)) await table.release(key, generation).catch(() => {});
      return { session, cache: "issued", reason: `not kept: ${error}` };
    }
  }

  /** Becomes the one who issues, or waits for that one. */
  async function issueOnce(
    first: Found,
    key: string,
    request: IssueRequest,
    warrant: Warrant | undefined,
  ): Promise<Obtained> {
    const patience = clock.now() + waitMs;
    for (let found = first; ; found = await find(key)) {
      const answer = await served(found);
      if (answer !== undefined) return answer;
      const now = clock.now();
      if ((found.entry?.claimedUntil ?? 0) <= now) {
        // The claim names the generation that was seen: who comes late does not issue once more.
        const generation = await table.claim(key, found.entry, now, now + claimMs);
        if (generation !== undefined) return issueClaimed(key, generation, request, warrant);
      }
      if (now >= patience) {
        return {
          session: await issue(request),
          cache: "issued",
          reason: "waited too long for another caller",
        };
      }
      // Jitter, so that a thousand waiters do not read in step.
      await clock.sleep(pollMs * (0.5 + Math.random()));
    }
  }

  /** The table is out of reach: the vend goes on without it. */
  async function obtainAlone(
    request: IssueRequest,
    known: KeptSession | undefined,
    fault: TableUnreachable,
  ): Promise<Obtained> {
    const reason = `without the table: ${fault.message}`;
    if (known !== undefined && isServable(known.session, clock.now())) {
      return { session: known.session, cache: "memory", reason };
    }
    return { session: await issue(request), cache: "issued", reason };
  }

  return {
    /**
     * The session for an authorized request: from memory, from the table or from STS.
     *
     * @throws VendError when STS gives none and nothing usable is kept.
     */
    async obtain(request: IssueRequest<KeptStorage>, warrant?: Warrant): Promise<Obtained> {
      const key = entryKey(request);
      const memory = remembered.get(key);
      if (memory && clock.now() < memory.until && isServable(memory.kept.session, clock.now())) {
        return { session: memory.kept.session, cache: "memory" };
      }
      // Behind its time it still is what is known, if the table or STS should be away.
      let known = memory?.kept;
      try {
        try {
          const found = await find(key);
          known = found.kept ?? known;
          return await issueOnce(found, key, request, warrant);
        } catch (fault) {
          if (!(fault instanceof TableUnreachable)) throw fault;
          return await obtainAlone(request, known, fault);
        }
      } catch (error) {
        // A short answer beats none, but only while STS is away: a key that it refuses opens nothing any more.
        const away =
          error instanceof VendError && (error.code === "throttled" || error.code === "unavailable");
        if (!away || known === undefined || !isUsable(known.session, clock.now())) throw error;
        const { reason = error.message } = refusalPart(error);
        return { session: known.session, cache: "table", stale: true, reason };
      }
    },

    /**
     * Issues anew for an entry that is due.
     *
     * @returns `undefined` when somebody else was faster.
     * @throws VendError when STS gives none; what is kept stays.
     */
    async renew(
      entry: Entry,
      request: IssueRequest<KeptStorage>,
      warrant: Warrant,
    ): Promise<Obtained | undefined> {
      const now = clock.now();
      const generation = await table.claim(entry.key, entry, now, now + claimMs);
      return generation === undefined ? undefined : issueClaimed(entry.key, generation, request, warrant);
    },
  };
}
