import { dueAt } from "../core/expiry.ts";
import { claimMs, mayBeClaimed } from "./claim-watch.ts";
import { failsNow } from "./failure.ts";
import type { OnMiss } from "./obtain.ts";
import {
  type Absorb,
  type AskWarmer,
  type ClaimTable,
  type Clock,
  type Entry,
  TableUnreachable,
  type UseTable,
} from "./ports.ts";

interface KeepWarmPorts {
  table: UseTable & Pick<ClaimTable, "claim" | "release">;
  askWarmer: AskWarmer;
  absorb: Absorb;
  clock: Pick<Clock, "now">;
}

/**
 * Keeps the next caller from waiting. The first use of an entry puts it on the warmer's list. When it is due, one caller
 * asks the warmer to issue it again. The answer stands even if this fails; a fault is returned for the record.
 *
 * @example const reason = await createKeepWarm(ports)(lookup)
 */
export function createKeepWarm({ table, askWarmer, absorb, clock }: KeepWarmPorts): OnMiss["keepWarm"] {
  async function renewAhead(entry: Entry): Promise<void> {
    const now = clock.now();
    const { key, failure } = entry;
    if (mayBeClaimed(entry, now) || (failure && failsNow(failure, now))) return;
    const generation = await table.claim(key, entry, now, claimMs);
    if (generation === undefined) return;
    try {
      await askWarmer(key, generation);
    } catch (fault) {
      absorb("warmer", fault);
      await table.release(key, generation);
      throw fault;
    }
  }

  return async function keepWarm({ entry, content }) {
    const { key, generation } = entry;
    try {
      if (entry.dueAt === undefined) await table.markUsed(key, generation, dueAt(content.session, key));
      else await renewAhead(entry);
      return undefined;
    } catch (fault) {
      if (fault instanceof TableUnreachable) absorb("table", fault);
      return `not kept warm: ${fault}`;
    }
  };
}
