import type { RevocationRecord, RevocationTarget } from "../../shared/core/revocation.ts";
import { deniedBefore, deniedBeforeUndone, isSame, nameOf } from "../../shared/core/revocation-changes.ts";
import { clientKeyIdForm } from "../../shared/identity/client-keys.ts";
import { type Denial, without } from "./denial.ts";
import { denialsOf, type Effect, effectsOf } from "./effects.ts";
import { areSame, type Identity } from "./identities.ts";
import type { RevokeReport } from "./report.ts";
import { endedBy } from "./revoke-sessions.ts";
import type { Run } from "./run.ts";
import type { Task } from "./task.ts";

/**
 * Lets a target in again. What it had been vended stays ended, since somebody else may hold it, unless the Deny is to be lifted as
 * well; that comes first, so that a run which dies in between leaves the target refused.
 */
export async function undo(task: Extract<Task, { kind: "undo" }>, run: Run): Promise<RevokeReport> {
  const { target, liftDeny } = task;
  const { isDryRun } = run;
  const notes: string[] = [];
  const seen = await run.ask();
  const revocation = seen.revoked.find((each) => isSame(each, target));
  const undone = liftDeny ? seen.flushed.find((each) => isSame(each, target)) : undefined;
  if (revocation === undefined && undone === undefined) throw new Error(`${nameOf(target)} is not revoked.`);
  const before = revocation ? deniedBefore(revocation.at) : undone ? deniedBeforeUndone(undone) : 0;
  const effects = liftDeny ? await effectsOfUndone(task, run, notes) : [];

  const { steps, failures } = await run.deny(seen, (identity) => (denials) => {
    const here = effects.filter(isOn(identity));
    const own = here.flatMap((effect) => denialsOf(effect, identity, before));
    return without(denials, without(own, neededByOthers(target, here, identity, seen, run)));
  });
  if (revocation === undefined || (liftDeny && failures.length > 0)) {
    if (revocation) notes.push("It is still revoked: the Deny has to be lifted first.");
    return { isDryRun, steps, sessions: [], notes, failures, record: seen };
  }
  const record = await run.ask({ undo: target });
  if (!liftDeny)
    notes.push(
      "What it had been vended before stays ended at the store. To let that live on as well, run this again with --lift-deny.",
    );
  const said = `the record: ${nameOf(target)} gets what is granted, from all instances after 5 s`;
  return { isDryRun, steps: [...steps, said], sessions: [], notes, failures, record };
}

const isOn = (identity: Identity) => (effect: Effect) =>
  effect.identity !== undefined && areSame(effect.identity, identity);

async function effectsOfUndone(
  { target, session }: Extract<Task, { kind: "undo" }>,
  run: Run,
  notes: string[],
): Promise<Effect[]> {
  return effectsOf(await endedBy(target, session, run, notes), run.config, run.identities);
}

/** Of these denials, those that something else needs which was revoked in the same second. */
function neededByOthers(
  target: RevocationTarget,
  here: readonly Effect[],
  identity: Identity,
  { revoked }: RevocationRecord,
  { config, identities }: Run,
): Denial[] {
  const denialsOn = (effects: readonly Effect[], at: number) =>
    effects.flatMap((effect) => denialsOf(effect, identity, deniedBefore(at)));
  const others = revoked.filter((each) => !isSame(each, target) && !clientKeyIdForm.test(each.name));
  return others.flatMap(({ kind, name, issuer = "", at }) => {
    // Whose session an access key was of, the record does not say.
    if (kind === "access-key") return denialsOn(here, at);
    const ended = kind === "principal" ? { kind, name, issuer } : { kind, name };
    return denialsOn(effectsOf(ended, config, identities).filter(isOn(identity)), at);
  });
}
