import { failsNow } from "./failure.ts";
import type { OnMiss } from "./obtain.ts";
import type { AskWarmer, ClaimTable, Clock } from "./ports.ts";

/** How long the others leave an entry alone that the warmer was asked for: it may have to start first. */
const aheadMs = 15_000;

interface Ports {
  claims: ClaimTable;
  askWarmer: AskWarmer;
  clock: Pick<Clock, "now">;
}

/**
 * Has an entry that is due issued anew while it is still served: whoever gets the claim asks the warmer and goes on, so
 * that one issues and nobody waits. Where that fails the caller's answer stands; the reason is returned for the record.
 *
 * @example const reason = await createRenewAhead(ports)(entry)
 */
export function createRenewAhead({ claims, askWarmer, clock }: Ports): OnMiss["renewAhead"] {
  return async function renewAhead(entry) {
    const now = clock.now();
    const { claimedUntil = 0, failure } = entry;
    if (now < claimedUntil || (failure && failsNow(failure, now))) return undefined;
    try {
      const generation = await claims.claim(entry.key, entry, now, now + aheadMs);
      if (generation === undefined) return undefined;
      try {
        await askWarmer(entry.key);
        return undefined;
      } catch (fault) {
        await claims.release(entry.key, generation);
        throw fault;
      }
    } catch (fault) {
      return `not renewed ahead: ${fault}`;
    }
  };
}
