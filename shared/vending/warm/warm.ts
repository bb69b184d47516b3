import type { ErrorCode } from "../../contract.ts";
import type { Config } from "../../core/config.ts";
import type { GrantTerms } from "../../core/sts-rules.ts";
import { mayBeClaimed } from "../claim-watch.ts";
import { openContent, openWarrant } from "../entry-content.ts";
import type { IssueOnce } from "../issue-once.ts";
import {
  type Absorb,
  type Audit,
  type ClaimTable,
  type Clock,
  type DueTable,
  type EntryTable,
  type Seal,
  TableUnreachable,
} from "../ports.ts";
import type { Revocations } from "../revocations.ts";
import { createStorageBackoff } from "./storage-backoff.ts";
import type { StsBudget } from "./sts-budget.ts";
import { createWarmEntry, type WarmOutcome } from "./warm-entry.ts";
import { createTally, type WarmReport } from "./warm-report.ts";

/** STS takes 50 to 300 ms: half a second's calls at once use the whole rate, and some more are ready for theirs. */
const underWaySeconds = 0.5;
const leastAtOnce = 4;
const mostAtOnce = 128;
/** The most entries that a pass remembers for later; their keys take a few megabytes. */
const mostBehind = 10_000;
/** After a failure of the table, so that one which is overloaded or away gets few calls. */
const tablePauseMs = 1_000;
/** How long the pass still counts the remaining entries after its time is up. */
const countingMs = 5_000;

interface WarmPorts {
  config: Config;
  table: Pick<EntryTable, "get"> & DueTable & Pick<ClaimTable, "release">;
  seal: Seal;
  /** Asks STS at the budget's slots only. */
  renew: IssueOnce["renew"];
  revocations: Pick<Revocations, "current">;
  budget: Pick<StsBudget, "approach" | "stepBack">;
  audit: Audit;
  absorb: Absorb;
  clock: Clock;
  /** For entries of callers of STS. */
  grantTerms?: GrantTerms | undefined;
}

interface Pass {
  /** Entries due by then are issued; epoch milliseconds. */
  horizon: number;
  /** No issue is begun after; epoch milliseconds. */
  until: number;
  requestId: string;
  /** If present, only this entry is warmed. */
  entry?: ClaimedEntry;
}

/** An entry that a caller met due, or that it could not wait for, and the generation that it claimed. */
export interface ClaimedEntry {
  key: string;
  generation: number;
}

/**
 * Issues again, ahead of need, for the entries that are due and were used since their last issue: the most urgent first, no faster
 * than the budget allows. A storage that fails backs off; its entries are put behind the others, and it stops no other.
 *
 * What is left needs no handing on: it stays on the table's list, and the next pass begins with it.
 *
 * @throws (the promise) when the sealing keys, the revocations or the list of what is due cannot be read; the entries stay as they are.
 * @example await createWarm(ports)({ horizon: now, until: now + 110_000, requestId })
 */
export function createWarm(ports: WarmPorts) {
  const { config, table, seal, revocations, budget, absorb, clock } = ports;
  const fitting = Math.ceil(config.warm.stsCallsPerSecond * underWaySeconds);
  const atOnce = Math.min(Math.max(fitting, leastAtOnce), mostAtOnce);
  const warmEntry = createWarmEntry(ports);

  return async function warm({ horizon, until, requestId, entry: only }: Pass): Promise<WarmReport> {
    // Without the keys every entry would look like one that cannot be opened, and without the revocations nothing is issued.
    await Promise.all([seal.load(), revocations.current()]);
    const tally = createTally();
    const backoff = createStorageBackoff(clock);
    /** The entries to try after the others, by their keys, in the order in which they are due. */
    const behind = new Map<string, { storage: string; failed?: ErrorCode }>();
    let isSpent = false;
    const isOver = () => isSpent || clock.now() >= until;

    async function approach(): Promise<boolean> {
      const isNear = await budget.approach(until, only === undefined ? undefined : 1);
      // Slots come in order: where this one is too late, so are all others.
      if (!isNear) isSpent = true;
      return isNear;
    }

    async function warmKey(key: string): Promise<WarmOutcome> {
      const entry = await table.get(key);
      if (entry === undefined) return "passed";
      // An event may come twice, or when its caller has given the claim up: then the generation is another's.
      const isClaimedForUs = entry.generation === only?.generation;
      const isHandedOver = isClaimedForUs && entry.handedOver !== undefined;
      // The list lags behind the table, which alone knows whether this is still due.
      const isDue = entry.dueAt !== undefined && (isClaimedForUs || entry.dueAt <= horizon);
      if (!isHandedOver && (!isDue || (!isClaimedForUs && mayBeClaimed(entry, clock.now())))) return "passed";
      const warrant = isHandedOver
        ? await openWarrant(seal, entry)
        : (await openContent(seal, entry))?.warrant;
      return warmEntry(entry, { requestId, warrant, backoff, approach });
    }

    async function warmOrPutBehind(key: string): Promise<void> {
      const before = behind.get(key);
      if (before !== undefined && !backoff.allows(before.storage)) return;
      const outcome = await warmKey(key);
      if (outcome === "left" && before !== undefined) return;
      const waits = typeof outcome === "object" && "behind" in outcome;
      if (waits && (before !== undefined || behind.size < mostBehind)) {
        const failed = outcome.failed ?? before?.failed;
        behind.set(key, { storage: outcome.behind, ...(failed && { failed }) });
        return;
      }
      behind.delete(key);
      tally.count(waits ? fateOf(outcome) : outcome);
    }

    /** One of several walks along the same list. */
    async function walk(keys: KeyStream): Promise<void> {
      for (let next = await keys.next(); !next.done; next = await keys.next()) {
        const key = next.value;
        if (isOver()) {
          if (clock.now() >= until + countingMs) return;
          if (!behind.has(key)) tally.count("left");
          continue;
        }
        try {
          await warmOrPutBehind(key);
        } catch (fault) {
          if (!(fault instanceof TableUnreachable)) throw fault;
          behind.delete(key);
          tally.count({ failed: "table_unreachable" });
          await clock.sleep(tablePauseMs);
        }
      }
    }

    async function walkTogether(keys: KeyStream): Promise<void> {
      const walks = await Promise.allSettled(Array.from({ length: atOnce }, () => walk(keys)));
      for (const walked of walks) if (walked.status === "rejected") throw walked.reason;
    }

    if (only === undefined) await walkTogether(table.due(horizon)[Symbol.asyncIterator]());
    else {
      await walkTogether([only.key].values());
      // Whatever has become of it: nobody is at work on that claim any more.
      await table.release(only.key, only.generation).catch((fault: unknown) => absorb("table", fault));
    }
    // One entry alone is not tried again: its caller has its answer meanwhile, and the schedule will find the entry.
    while (only === undefined && behind.size > 0 && !isOver()) {
      const pauses = Array.from(behind.values(), ({ storage }) => backoff.pausesUntil(storage));
      const resumesAt = Math.min(...pauses);
      if (resumesAt >= until) break;
      await clock.sleep(Math.max(resumesAt - clock.now(), 0));
      await walkTogether([...behind.keys()].values());
    }
    for (const waits of behind.values()) tally.count(fateOf(waits));
    return tally.report();
  };
}

type KeyStream = AsyncIterator<string> | Iterator<string>;

/** What became of an entry that got no second try in time. */
function fateOf({ failed }: { failed?: ErrorCode }): "left" | { failed: ErrorCode } {
  return failed === undefined ? "left" : { failed };
}
