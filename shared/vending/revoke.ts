import type { RevocationRecord } from "../core/revocation.ts";
import { type Change, ChangeRefused, changed } from "../core/revocation-changes.ts";
import type { Clock, RevocationStore } from "./ports.ts";
import { readRecord } from "./revocation-rules.ts";

/** Operators write seldom, and two of them hardly ever at once. */
const mostTries = 5;

const nothing: RevocationRecord = { revoked: [], flushed: [] };

/**
 * Writes what operators have revoked, and nothing else: who may ask for it is decided before. Without a change it only reads.
 *
 * @returns the record as it is then
 * @throws (the promise) ChangeRefused; TableUnreachable; Error for a row that keyvend has not written.
 * @example const { revoked } = await createRevoke({ store, clock })({ undo: { kind: "grant", name: "data-lake" } })
 */
export function createRevoke({
  store,
  clock,
}: {
  store: RevocationStore;
  clock: Pick<Clock, "now">;
}): (change?: Change) => Promise<RevocationRecord> {
  return async function revoke(change) {
    for (let tries = 0; tries < mostTries; tries++) {
      const seen = await store.read();
      const record = seen ? readRecord(seen.text) : nothing;
      if (change === undefined) return record;
      const next = changed(record, change, clock.now());
      const text = JSON.stringify(next);
      // A change that was sent again finds itself there.
      if (text === seen?.text || (await store.replace(seen?.version, text))) return next;
    }
    throw new ChangeRefused("Others are writing the record of what is revoked at the same time: try again.");
  };
}
