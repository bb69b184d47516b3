import type { ErrorCode } from "../contract.ts";
import { createLocalLimit } from "./local-limit.ts";
import type { Audit, AuditRecord, Clock } from "./ports.ts";

/** The records of one code that an instance writes, each by itself. Those beyond are counted. */
const perSecond = 1;
const atOnce = 60;
/** So many refusals stand in one line at most, and so long they wait for it. */
const mostInOne = 100;
const longestWaitMs = 10_000;

/**
 * An audit trail for refusals of callers that nobody knows, whose number any passer-by decides. Beyond a rate, a kept
 * record counts those of its code that were left out since the one before it (`leftOut`).
 *
 * No refusal is left uncounted for long: a count of 100, or ten seconds, end in a record. On Lambda those seconds may end
 * with the instance's next request, since it is frozen in between. One that is never thawed takes with it 99 refusals of
 * each code at most.
 *
 * @example createSampledAudit(audit, clock).record({ decision: "refused", code: "unauthenticated", requestId })
 */
export function createSampledAudit(audit: Audit, clock: Clock): Audit {
  const samples = new Map<ErrorCode | undefined, Audit>();
  return {
    record(record) {
      const sample = samples.get(record.code) ?? createSample(audit, clock);
      samples.set(record.code, sample);
      sample.record(record);
    },
  };
}

/** The sample of one code: many refusals of one kind must not push out the few of another. */
function createSample(audit: Audit, clock: Clock): Audit {
  const mayWrite = createLocalLimit({ perSecond, atOnce, clock });
  /** The latest that was left out. */
  let held: AuditRecord | undefined;
  let leftOut = 0;
  let isWaiting = false;

  function write(record: AuditRecord): void {
    audit.record({ ...record, ...(leftOut > 0 && { leftOut }) });
    held = undefined;
    leftOut = 0;
  }

  async function writeLater(): Promise<void> {
    if (isWaiting) return;
    isWaiting = true;
    await clock.sleep(longestWaitMs);
    isWaiting = false;
    if (held === undefined) return;
    // It was counted as left out, and is not any more.
    leftOut--;
    write(held);
  }

  return {
    record(record) {
      if (leftOut === mostInOne - 1 || mayWrite()) {
        write(record);
        return;
      }
      held = record;
      leftOut++;
      void writeLater();
    },
  };
}
