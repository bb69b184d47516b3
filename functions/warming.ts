import { createAbsorb } from "../shared/aws/absorbed-faults.ts";
import { grantTerms } from "../shared/core/sts-rules.ts";
import { createFlushGuard } from "../shared/vending/flush-guard.ts";
import { createIssueOnce } from "../shared/vending/issue-once.ts";
import { createNoteKey } from "../shared/vending/note-key.ts";
import { createStoragePause } from "../shared/vending/storage-pause.ts";
import { createCheckKeys } from "../shared/vending/warm/check-keys.ts";
import { createStsBudget } from "../shared/vending/warm/sts-budget.ts";
import { type ClaimedEntry, createWarm } from "../shared/vending/warm/warm.ts";
import type { WarmReport } from "../shared/vending/warm/warm-report.ts";
import type { Runtime } from "./runtime.ts";

/** The time limits of the runtime that warming runs on. They are longer than the application's: nobody waits for the warmer. */
export const warmTimeouts = { callTimeoutMs: 2_000, issueTimeoutMs: 10_000 };

/**
 * The warmer stops so long before the end of its time, so that it ends by itself and reports. The last entry
 * that it begins takes at most 20 s: a call to claim, an issue with all that precedes it, and four calls of the table after it.
 * Where what is revoked cannot be read either, it takes 4 s more: Lambda may end such a run, and the next begins with its entries.
 */
export const warmReserveMs = 21_000;

/**
 * How long a single entry waits for its slot. On Lambda every such entry occupies an instance of its own, of which the account
 * has a thousand. If more entries ask at once than STS allows, the schedule warms the rest.
 */
const oneEntryMs = 1_000;

/** What a run is to do, and in which time. */
interface WarmRun {
  /** A run over all that is due warms also what becomes due within so many seconds. Default: none. */
  aheadSeconds?: number;
  /** This entry alone, for a caller that met it when it was due. */
  entry?: ClaimedEntry | undefined;
  /** The run begins no entry after so many milliseconds. */
  timeMs: number;
  requestId: string;
}

export type Warming = Awaited<ReturnType<typeof createWarming>>;

/**
 * Warms the cache on schedule, or a single entry, and reports what became of each due entry. The report is in the log, too.
 *
 * @example const { issued } = await (await createWarming(createRuntime(warmTimeouts)))({ timeMs: 99_000, requestId })
 */
export async function createWarming(runtime: Runtime) {
  const { audit, clock, config, revocations, sessions, storageKeys, meter, seal, tables } = runtime;
  const { claims, dues, keys, pauses, rates } = await tables.loadIssuing();
  // Before the first claim, and not after it: while it is being loaded, slots would pass unused.
  const { longTermKeys } = await runtime.loadIssuing();
  const budget = createStsBudget({ table: rates, ...config.warm, clock });
  const absorb = createAbsorb(meter, clock);
  const pausing = createStoragePause({ table: pauses, isPatient: true, absorb, clock });
  const issue = createFlushGuard({ revocations, clock })(pausing(budget.paced(runtime.issue)));
  const noteKey = createNoteKey({ storageKeys, table: keys, seal, absorb });
  const { renew } = createIssueOnce({ sessions, claims, seal, issue, storageKeys, noteKey, absorb, clock });
  const table = { get: tables.entries.get, due: dues.due, drop: dues.drop, release: claims.release };
  const checkKeys = createCheckKeys({ config, readKey, noteKey, absorb });
  const warm = createWarm({
    config,
    table,
    seal,
    renew,
    revocations,
    budget,
    audit,
    absorb,
    clock,
    grantTerms,
  });

  /** As the secret holds it now, or held it a moment ago. */
  async function readKey(secret: string) {
    const limit = AbortSignal.timeout(warmTimeouts.callTimeoutMs);
    const { fingerprint: key, readAt } = await longTermKeys.current(secret, limit, {
      notOlderThanMs: 30_000,
    });
    return { key, readAt };
  }

  function log(report: WarmReport, isRun: boolean): void {
    const { due, issued, dropped, failed, left } = report;
    // A single entry is no run: callers ask for single entries also when the schedule has stopped.
    const metrics = {
      WarmRuns: Number(isRun),
      WarmDue: due,
      WarmIssued: issued,
      WarmDropped: dropped,
      WarmLeft: left,
    };
    meter({}, metrics, { warm: report });
    for (const [code, count] of Object.entries(failed)) meter({ code }, { WarmFailed: count });
  }

  return async function warmWithin({
    aheadSeconds = 0,
    entry,
    timeMs,
    requestId,
  }: WarmRun): Promise<WarmReport> {
    const now = clock.now();
    // Beside the work, which need not wait for it.
    const checking = entry === undefined ? checkKeys() : undefined;
    const report = await warm(
      entry === undefined
        ? { horizon: now + aheadSeconds * 1_000, until: now + timeMs, requestId }
        : { horizon: now, until: now + Math.min(timeMs, oneEntryMs), requestId, entry },
    ).finally(() => checking);
    log(report, entry === undefined);
    return report;
  };
}
