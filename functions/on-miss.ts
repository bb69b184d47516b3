import { createAbsorb } from "../shared/aws/absorbed-faults.ts";
import { createAskWarmer } from "../shared/aws/invoke.ts";
import type { IssuingTables } from "../shared/aws/issuing-tables.ts";
import type { Meter } from "../shared/aws/meter.ts";
import { meterMisses } from "../shared/aws/meter-misses.ts";
import type { MissLimits } from "../shared/core/config.ts";
import type { GrantTerms } from "../shared/core/sts-rules.ts";
import { createExplain } from "../shared/vending/explain.ts";
import { createFlushGuard } from "../shared/vending/flush-guard.ts";
import { createHandOver } from "../shared/vending/hand-over.ts";
import { createIssueOnce } from "../shared/vending/issue-once.ts";
import { createKeepWarm } from "../shared/vending/keep-warm.ts";
import { createMissLimits } from "../shared/vending/miss-limits.ts";
import { createNoteKey } from "../shared/vending/note-key.ts";
import type { OnMiss } from "../shared/vending/obtain.ts";
import { createObtainAnew } from "../shared/vending/obtain-anew.ts";
import type { AskWarmer, Clock, Issue, Seal } from "../shared/vending/ports.ts";
import type { Revocations } from "../shared/vending/revocations.ts";
import type { SessionCache } from "../shared/vending/session-cache.ts";
import type { StorageKeys } from "../shared/vending/storage-keys.ts";
import { createStoragePause } from "../shared/vending/storage-pause.ts";
import { readExplainQuery } from "./explain-query.ts";

interface OnMissParts {
  tables: Pick<IssuingTables, "uses" | "claims" | "keys" | "counters" | "pauses">;
  missLimits: MissLimits;
  askWarmer: AskWarmer;
  sessions: SessionCache;
  storageKeys: StorageKeys;
  revocations: Revocations;
  seal: Seal;
  issue: Issue;
  meter: Meter;
  clock: Clock;
}

/**
 * Everything that an answer from the cache does without, in a chunk of its own. The AWS SDK is in a further chunk, loaded
 * only by an instance that asks STS: a thousand instances that wait for one of them do not load it.
 */
export function createOnMiss(parts: OnMissParts): OnMiss {
  const { askWarmer, sessions, storageKeys, revocations, seal, issue, meter, clock } = parts;
  const { uses, claims, keys, counters, pauses } = parts.tables;
  const absorb = createAbsorb(meter, clock);
  const noteStale = () => meter({}, { StaleServed: 1 });
  const handOver = createHandOver({ claims, seal, askWarmer, absorb, clock });
  const noteKey = createNoteKey({ storageKeys, table: keys, seal, absorb });
  const counted = createMissLimits({ table: counters, limits: parts.missLimits, clock });
  const pausing = createStoragePause({ table: pauses, isPatient: false, absorb, clock });
  const afterFlush = createFlushGuard({ revocations, clock });
  // A call that a pause refuses does not count, and what is flushed pauses no storage.
  const fairly = afterFlush(pausing(counted(issue)));
  const issuing = { sessions, claims, seal, issue: fairly, storageKeys, noteKey, absorb, clock };
  const { issueOnce } = createIssueOnce({ ...issuing, handOver });
  return {
    obtainAnew: meterMisses(
      createObtainAnew({
        ...{ sessions, issueOnce, issue: afterFlush(issue), revocations, seal },
        ...{ absorb, noteStale, clock },
      }),
      meter,
    ),
    keepWarm: createKeepWarm({
      table: { markUsed: uses.markUsed, claim: claims.claim, release: claims.release },
      askWarmer,
      absorb,
      clock,
    }),
  };
}

// Part of this chunk: to explain takes few bytes beside what a miss takes.
export { createAskWarmer, createExplain, readExplainQuery };

/** The rules for callers of STS, which are explained seldom: they are the largest part of the door for STS. */
export async function loadGrantTerms(): Promise<GrantTerms> {
  return (await import("../shared/core/sts-rules.ts")).grantTerms;
}
