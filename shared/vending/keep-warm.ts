import { dueAt } from "../core/expiry.ts";
import { claimMs, mayBeClaimed } from "./claim-watch.ts";
import { failsNow } from "./failure.ts";
import type { OnMiss } from "./obtain.ts";
import type { AskWarmer, ClaimTable, Clock, Entry, UseTable } from "./ports.ts";

interface KeepWarmPorts {
  table: UseTable & Pick<ClaimTable, "claim" | "release">;
  askWarmer: AskWarmer;
  clock: Pick<Clock, "now">;
}

/**
 * What a caller that is served from an entry does for it, so that no caller has to wait for the next session: the first
 * use puts the entry on the warmer's list, and one caller that meets it when it is due asks the warmer to issue anew, for
 * all others. The answer stands even if this fails; a fault is returned for the record.
 *
 * @example const reason = await createKeepWarm(ports)(lookup)
 */
export function createKeepWarm({ table, askWarmer, clock }: KeepWarmPorts): OnMiss["keepWarm"] {
  async function renewAhead(entry: Entry): Promise<void> {
    const now = clock.now();
    const { key, failure } = entry;
    if (mayBeClaimed(entry, now) || (failure && failsNow(failure, now))) return;
    const generation = await table.claim(key, entry, now, now + claimMs);
    if (generation === undefined) return;
    try {
      await askWarmer(key, generation);
    } catch (fault) {
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
      return `not kept warm: ${fault}`;
    }
  };
}
