import { isServable, isUsable, leastToldMs } from "../core/expiry.ts";
import { DeadlinePassed, isPassing, issueRefusal } from "../core/issue-refusal.ts";
import type { EntryContent } from "./entry-content.ts";
import { contentOf, type IssueOnce, type Miss, timeFor } from "./issue-once.ts";
import { createLocalLimit } from "./local-limit.ts";
import { MissLimitReached } from "./miss-limits.ts";
import type { OnMiss } from "./obtain.ts";
import { type Absorb, type Clock, type Issue, type Seal, TableUnreachable } from "./ports.ts";
import type { Revocations } from "./revocations.ts";
import type { Found, SessionCache } from "./session-cache.ts";
import type { SessionResult } from "./session-result.ts";
import { refusalPart } from "./trail.ts";

/** The calls to STS that one instance may make by itself. Otherwise the table limits all instances together. */
const alonePerSecond = 1;
const aloneAtOnce = 5;

const nothing = { content: undefined, standing: "current" } as const;

interface ObtainAnewPorts {
  sessions: Pick<
    SessionCache,
    "lastKnown" | "remember" | "forget" | "lookUpIfReachable" | "isServable" | "fromTable"
  >;
  issueOnce: IssueOnce["issueOnce"];
  issue: Issue;
  revocations: Pick<Revocations, "last">;
  seal: Pick<Seal, "load">;
  absorb: Absorb;
  /** An old session is handed out because STS is away. */
  noteStale: () => void;
  clock: Clock;
}

/** Why an instance is by itself: there is no table, or nothing can be sealed for it. */
interface Alone {
  part: "table" | "seal";
  fault: unknown;
}

/**
 * Obtains a session that is not in the cache, or is there but too old to serve. It is issued once for all callers; if the
 * table is away, by this instance alone; and while STS is away, the old session is handed out once more.
 *
 * @throws (the promise) VendError when STS gives none and the cache has nothing usable.
 * @example const { session } = await createObtainAnew(ports)(miss, await sessions.lookUpIfReachable(miss.key, miss.request))
 */
export function createObtainAnew({
  sessions,
  issueOnce,
  issue,
  revocations,
  seal,
  absorb,
  noteStale,
  clock,
}: ObtainAnewPorts): OnMiss["obtainAnew"] {
  const countOwnCall = createLocalLimit({ perSecond: alonePerSecond, atOnce: aloneAtOnce, clock });

  function lastKnown({ key, request }: Miss): EntryContent | undefined {
    const known = sessions.lastKnown(key);
    return known && revocations.last()?.isFlushed(request, known.session) ? undefined : known;
  }

  async function obtainAlone(miss: Miss, { part, fault }: Alone): Promise<SessionResult> {
    const { key, request } = miss;
    absorb(part, fault);
    const reason = `without the ${part}: ${(fault as Error).message}`;
    const known = lastKnown(miss);
    if (known !== undefined && isServable(known.session, clock.now(), miss.need)) {
      sessions.remember(key, known);
      return { session: known.session, cache: "memory", reason };
    }
    if (!countOwnCall()) {
      throw issueRefusal("throttled", request.storage.name, {
        retryAfterSeconds: 1 / alonePerSecond,
        cause: `${reason}, and this instance has asked STS as often as it may by itself`,
      });
    }
    const session = await issue(request, timeFor(miss, clock.now()));
    sessions.remember(key, contentOf(miss, session));
    return { session, cache: "issued", notKept: true, reason };
  }

  async function obtainShared(miss: Miss, lookup: Found): Promise<SessionResult> {
    if (lookup instanceof TableUnreachable) return obtainAlone(miss, { part: "table", fault: lookup });
    try {
      // Otherwise STS would be asked for every request, and nothing would be kept of it.
      await seal.load();
    } catch (fault) {
      return obtainAlone(miss, { part: "seal", fault });
    }
    try {
      return await issueOnce(lookup, miss);
    } catch (fault) {
      // The table can be read, and not be written to.
      if (fault instanceof TableUnreachable) return obtainAlone(miss, { part: "table", fault });
      throw fault;
    }
  }

  /** A session from before that may be handed out in place of this refusal. */
  function insteadOf(error: unknown, miss: Miss, lookup: Found): SessionResult | undefined {
    const { need } = miss;
    // A short answer beats none, but only while STS is away: a key that STS refuses opens nothing any more.
    if (!isPassing(error)) return undefined;
    const { content: inTable, standing } = lookup instanceof TableUnreachable ? nothing : lookup;
    const known = inTable ?? lastKnown(miss);
    // A limit of the caller's own, or our deadline, says nothing of STS.
    const isOurs = error instanceof MissLimitReached || error instanceof DeadlinePassed;
    const leastMs = need && isOurs ? leastToldMs : undefined;
    if (standing === "ended" || !known || !isUsable(known.session, clock.now(), leastMs)) return undefined;
    if (!isOurs) noteStale();
    const { reason = error.message } = refusalPart(error);
    return { session: known.session, cache: inTable ? "table" : "memory", stale: true, reason };
  }

  return async function obtainAnew(miss, first) {
    const { key, request, patienceMs } = miss;
    const began = clock.now();
    let lookup: Found = first;
    // A session that has ended with its key is no better in this instance's memory.
    if (!(lookup instanceof TableUnreachable) && lookup.standing === "ended") sessions.forget(key);
    const leftMs = () => (patienceMs === undefined ? undefined : patienceMs - (clock.now() - began));
    for (;;) {
      try {
        return await obtainShared({ ...miss, patienceMs: leftMs() }, lookup);
      } catch (error) {
        const old = insteadOf(error, miss, lookup);
        if (old !== undefined) return old;
        // A patient caller stays for what passes in its time, such as the pause of a storage.
        const waitMs = isPassing(error) ? (error.retryAfterSeconds ?? Infinity) * 1_000 : Infinity;
        if (error instanceof MissLimitReached || waitMs >= (leftMs() ?? 0)) throw error;
        await clock.sleep(waitMs);
      }
      lookup = await sessions.lookUpIfReachable(key, request);
      if (sessions.isServable(lookup, miss.need))
        return { ...sessions.fromTable(key, lookup), waitedMs: clock.now() - began };
    }
  };
}
