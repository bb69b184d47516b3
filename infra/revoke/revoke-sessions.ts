import type { FlushTarget, RevocationTarget } from "../../shared/core/revocation.ts";
import { deniedBefore, isSame, nameOf } from "../../shared/core/revocation-changes.ts";
import { clientKeyIdForm } from "../../shared/identity/client-keys.ts";
import { namesOf } from "../deploy/names.ts";
import { together } from "./denial.ts";
import { denialsOf, type Effect, type Ended, effectsOf, type VendedSession } from "./effects.ts";
import { areSame } from "./identities.ts";
import type { RevokeReport } from "./report.ts";
import type { Run } from "./run.ts";
import { sessionsReport } from "./sessions-report.ts";
import type { Task } from "./task.ts";
import { whoHeld } from "./who-held.ts";

/** The clocks of the operator and of the function. */
const mostAheadMs = 60_000;

/** Stops new answers by the record, and ends by a Deny what was vended before. */
export async function revoke(task: Extract<Task, { kind: "revoke" }>, run: Run): Promise<RevokeReport> {
  const { target, note, allSessions } = task;
  const notes: string[] = [];
  const ended = await endedBy(target, task.session, run, notes);
  const effects = effectsOf(ended, run.config, run.identities);
  const isMeant = ({ identity, hits }: Effect) =>
    identity !== undefined && (hits === undefined || allSessions);
  const meant = effects.filter(isMeant);

  const revocation = { ...target, by: run.by.slice(0, 200), ...(note !== undefined && { note }) };
  const record = await run.ask({
    revoke: revocation,
    alsoFlush: distinct(meant.flatMap(({ flush }) => flush)),
  });
  const at = record.revoked.find((each) => isSame(each, target))?.at ?? Number.NaN;
  if (!(at <= run.now() + mostAheadMs))
    throw new Error(
      "The record has a time that is yet to come: it was tampered with, or a clock is wrong. No Deny was put.",
    );

  const { steps, failures } = await run.deny(record, (identity) => (denials) => {
    const ours = meant.filter((effect) => effect.identity && areSame(effect.identity, identity));
    return together(
      denials,
      ours.flatMap((effect) => denialsOf(effect, identity, deniedBefore(at))),
    );
  });
  const hasFailed = ({ identity }: Effect) =>
    failures.some((failure) => failure.startsWith(`the ${identity?.kind} ${identity?.name}:`));
  if (effects.length === 0 && ended.kind !== "access-key")
    notes.push("No grant of this configuration vends anything that this would end.");
  return {
    isDryRun: run.isDryRun,
    steps: [
      `the record: ${nameOf(target)} gets nothing from ${new Date(at).toISOString()} on, on no instance after 5 s`,
      ...steps,
    ],
    sessions: effects.map((effect) =>
      sessionsReport(effect, at, !isMeant(effect) ? "not meant" : hasFailed(effect) ? "failed" : "ended"),
    ),
    notes,
    failures,
    record,
  };
}

/** What a target is at the stores; of an access key, the audit trail knows it. */
export async function endedBy(
  { kind, name, issuer = "" }: RevocationTarget,
  session: VendedSession | undefined,
  { clients, config, stage, now, sleep }: Run,
  notes: string[],
): Promise<Ended> {
  if (kind === "principal") return { kind, name, issuer };
  if (kind !== "access-key") return { kind, name };
  if (clientKeyIdForm.test(name)) {
    const owner = config.clientKeys.find(({ ids }) => ids.includes(name))?.name;
    notes.push(
      owner === undefined
        ? "No entry of clientKeys has this id, so that nothing accepts it."
        : `Sessions that were vended to this key go on: --principal ${owner} --issuer client-key ends those of all keys of ${owner}.`,
    );
    return { kind, name, sessions: [] };
  }
  if (session) return { kind, name, sessions: [session] };
  if (clients.logs === undefined)
    throw new Error(
      "There is no audit trail to look in: give --storage NAME, and --session-name NAME where the storage has one for each principal.",
    );
  const logGroups = [namesOf(stage).logGroup("vend")];
  const sessions = await whoHeld(name, { logs: clients.logs, logGroups, now: now(), sleep });
  if (sessions.length === 0)
    throw new Error(
      "The audit trail has no session with this access key id: give --storage NAME, and --session-name NAME where the storage has one for each principal.",
    );
  for (const { storage, sessionName, holders } of sessions)
    notes.push(
      `It is a session of ${storage}${sessionName ? `, named ${sessionName}` : ""}, and was vended to ${holders.join("; ")}.`,
    );
  return { kind, name, sessions };
}

function distinct(targets: readonly FlushTarget[]): FlushTarget[] {
  return targets.filter((target, n) => targets.findIndex((other) => isSame(other, target)) === n);
}
