import { dueAt } from "../core/expiry.ts";
import { claimMs, mayBeClaimed } from "./claim-watch.ts";
import { failsNow } from "./failure.ts";
import type { OnMiss } from "./obtain.ts";
import type { AskWarmer, ClaimTable, Clock, Entry, UseTable } from "./ports.ts";

interface Ports {
  table: UseTable & Pick<ClaimTable, "claim" | "release">;
  askWarmer: AskWarmer;
  clock: Pick<Clock, "now">;
}

/**
 * What an entry needs from those who are served from it, so that nobody has to wait for the next session: its first use
 * puts it on the warmer's list, and whoever meets it when it is due has the warmer issue anew and goes on. One does so
 * for all. The answer stands whatever becomes of this; a fault is returned for the record.
 *
 * @example const reason = await createKeepWarm(ports)(found)
 */
export function createKeepWarm({ table, askWarmer, clock }: Ports): OnMiss["keepWarm"] {
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

  return async function keepWarm({ entry, kept }) {
    const { key, generation } = entry;
    try {
      if (entry.dueAt === undefined) await table.markUsed(key, generation, dueAt(kept.session, key));
      else await renewAhead(entry);
      return undefined;
    } catch (fault) {
      return `not kept warm: ${fault}`;
    }
  };
}
