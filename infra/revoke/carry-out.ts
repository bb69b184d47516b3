import type { FlushTarget } from "../../shared/core/revocation.ts";
import { isOutOfReach } from "./identities.ts";
import { type RevokeReport, recordLines } from "./report.ts";
import { revoke } from "./revoke-sessions.ts";
import { openRun, type Run } from "./run.ts";
import type { Setting } from "./setting.ts";
import type { Task } from "./task.ts";
import { undo } from "./undo.ts";

/**
 * Carries a task out: the record first, which stops new answers, and then the Deny, which ends what was vended before. Each step can
 * be done again, so that the same command goes on where another run has died.
 *
 * @throws (the promise) Error where nothing could be done
 * @example const { failures } = await carryOut({ kind: "tidy" }, setting)
 */
export async function carryOut(task: Task, setting: Setting): Promise<RevokeReport> {
  const run = await openRun(setting);
  switch (task.kind) {
    case "revoke":
      return revoke(task, run);
    case "undo":
      return undo(task, run);
    case "flush":
      return flush(task, run);
    case "tidy":
      return tidy(run);
    case "list":
      return list(run);
  }
}

async function flush({ storage }: Extract<Task, { kind: "flush" }>, run: Run): Promise<RevokeReport> {
  const target: FlushTarget =
    storage === undefined ? { kind: "all", name: "" } : { kind: "storage", name: storage };
  const record = await run.ask({ flush: target });
  const { steps, failures } = await run.deny(record, () => (denials) => denials);
  const what = storage === undefined ? "all storages" : `the storage ${storage}`;
  return {
    isDryRun: run.isDryRun,
    steps: [
      `the record: the sessions of ${what} that are kept are forgotten by all instances within 5 s`,
      ...steps,
    ],
    sessions: [],
    notes: ["What clients hold of them is good until it expires: a flush ends nothing at the store."],
    failures,
    record,
  };
}

async function tidy(run: Run): Promise<RevokeReport> {
  const record = await run.ask();
  const { steps, failures } = await run.deny(record, () => (denials) => denials);
  const notes =
    steps.length + failures.length === 0 ? ["There is no Deny whose sessions have all expired."] : [];
  return { isDryRun: run.isDryRun, steps, sessions: [], notes, failures, record };
}

async function list({ ask, isDryRun, identities }: Run): Promise<RevokeReport> {
  const record = await ask();
  const outOfReach = [...identities].flatMap(([storage, found]) =>
    isOutOfReach(found) ? [`no Deny can end sessions of ${storage}, which ${found.why}`] : [],
  );
  return { isDryRun, steps: recordLines(record), sessions: [], notes: outOfReach, failures: [], record };
}
