import { deniedBefore } from "../../shared/core/revocation-changes.ts";
import { policyOf } from "./denial.ts";
import { denialsOf, type Effect, longestSeconds } from "./effects.ts";
import type { Identity } from "./identities.ts";
import { leftOpenBy } from "./remedy.ts";
import type { SessionsReport } from "./report.ts";

/** What a run has done about the sessions of one storage: they are shared, and it was not told to end them all the same. */
type Fate = "ended" | "failed" | "not meant";

/**
 * What becomes of the sessions of one storage that were vended before, honestly.
 *
 * @param at when it was revoked, in epoch milliseconds
 */
export function sessionsReport(effect: Effect, at: number, fate: Fate): SessionsReport {
  const { storage, identity, outOfReach, hits } = effect;
  const isEnded = identity !== undefined && !identity.elsewhere && fate === "ended";
  const helps = isEnded
    ? undefined
    : (outOfReach?.remedy ?? (fate === "ended" ? byHand(effect, at) : undefined));
  const advice = [...(helps ? [`what helps: ${helps}`] : []), ...leftOpenBy(storage)];
  const told = {
    storage: storage.name,
    ...(hits && { alsoEnded: hits }),
    ...(advice.length > 0 && { advice }),
  };
  if (isEnded) return { ...told, endedOn: `${identity.kind} ${identity.name}` };
  const lastEnd = new Date(deniedBefore(at) + longestSeconds(storage) * 1_000).toISOString();
  const usableUntil = storage.issue === "static" ? "somebody changes the key" : lastEnd;
  return { ...told, usableUntil, because: reasonOf(fate, identity, outOfReach?.why) };
}

function reasonOf(fate: Fate, identity: Identity | undefined, why: string | undefined): string {
  if (why !== undefined) return `the storage ${why}`;
  if (fate === "not meant") return "its sessions are shared with others";
  if (identity?.elsewhere) return `its ${identity.kind} is in the account ${identity.elsewhere}`;
  return "the Deny could not be put";
}

/** What credentials of the other account have to put there. */
function byHand(effect: Effect, at: number): string | undefined {
  const { identity } = effect;
  if (!identity?.elsewhere) return undefined;
  const policy = policyOf(denialsOf(effect, identity, deniedBefore(at)));
  return `put this inline policy on the ${identity.kind} ${identity.name} there: ${policy}`;
}
