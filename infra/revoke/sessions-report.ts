import { deniedBefore } from "../../shared/core/revocation-changes.ts";
import type { Effect } from "./effects.ts";
import { longestSeconds } from "./effects.ts";
import { leftOpenBy, remedyFor } from "./remedy.ts";
import type { SessionsReport } from "./report.ts";

/**
 * What becomes of the sessions of one storage that were vended before, honestly.
 *
 * @param at when it was revoked, in epoch milliseconds
 * @param isEnded is the Deny there, or to be put?
 */
export function sessionsReport(effect: Effect, at: number, isEnded: boolean): SessionsReport {
  const { storage, identity, outOfReach, hits = [] } = effect;
  const open = leftOpenBy(storage);
  const advice = [
    ...(outOfReach === undefined ? [] : [`what helps: ${remedyFor(storage)}`]),
    ...(open ? [open] : []),
  ];
  const told = { storage: storage.name, ...(advice.length > 0 && { advice }) };
  if (identity !== undefined && isEnded) {
    return {
      ...told,
      endedOn: `${identity.kind} ${identity.name}`,
      ...(hits.length > 0 && { alsoEnded: hits }),
    };
  }
  const usableUntil =
    storage.issue === "static"
      ? "somebody changes the key"
      : new Date(deniedBefore(at) + longestSeconds(storage) * 1_000).toISOString();
  if (identity === undefined) return { ...told, usableUntil, because: `the storage ${outOfReach}` };
  const because = hits.length > 0 ? "its sessions are shared with others" : "the Deny could not be put";
  return { ...told, usableUntil, because, ...(hits.length > 0 && { alsoEnded: hits }) };
}
