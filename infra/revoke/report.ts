import type { RevocationRecord } from "../../shared/core/revocation.ts";

/** What became of the sessions of one storage that were vended before. */
export interface SessionsReport {
  storage: string;
  /** By a Deny on this role or user. */
  endedOn?: string;
  /** Those of others that end with them, in words. */
  alsoEnded?: readonly string[];
  /** The last of those that no Deny ends is good until then; RFC 3339. */
  usableUntil?: string;
  /** Why no Deny ends them. */
  because?: string;
  /** What helps, or is left open, for the operator. */
  advice?: readonly string[];
}

/** What a run has done, or would do. */
export interface RevokeReport {
  isDryRun: boolean;
  /** In order. */
  steps: readonly string[];
  sessions: readonly SessionsReport[];
  notes: readonly string[];
  /** What could not be done. The same command does it again, and only that. */
  failures: readonly string[];
  record: RevocationRecord;
}

/** The report for a program. */
export function reportJson(report: RevokeReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** The report for a reader. */
export function reportText({ isDryRun, steps, sessions, notes, failures }: RevokeReport): string {
  const lines = [
    ...(isDryRun ? ["Nothing was changed (--dry-run). It would be done:"] : []),
    ...steps.map((step) => `- ${step}`),
    ...sessions.flatMap(sessionLines),
    ...notes.map((note) => `note: ${note}`),
    ...failures.map((failure) => `FAILED: ${failure}`),
  ];
  return `${lines.join("\n")}\n`;
}

function sessionLines({
  storage,
  endedOn,
  alsoEnded = [],
  usableUntil,
  because,
  advice = [],
}: SessionsReport): string[] {
  return [
    ...(endedOn === undefined
      ? [
          `storage ${storage}: what was vended before CAN STILL BE USED until ${usableUntil}, since ${because}`,
        ]
      : [`storage ${storage}: what was vended before ends by the Deny on the ${endedOn}, within minutes`]),
    ...alsoEnded.map(
      (hit) => `    ${endedOn === undefined ? "--all-sessions would also end" : "also ended:"} ${hit}`,
    ),
    ...advice.map((words) => `    ${words}`),
  ];
}

/** The record for a reader, a line for each revocation and each flush. */
export function recordLines({ revoked, flushed }: RevocationRecord): string[] {
  const time = (at: number) => new Date(at).toISOString();
  const nameOf = ({ kind, name, issuer }: { kind: string; name: string; issuer?: string }) =>
    [kind, name, ...(issuer === undefined ? [] : [`of ${issuer}`])].filter(Boolean).join(" ");
  return [
    ...revoked.map(
      (each) =>
        `revoked: ${nameOf(each)}, at ${time(each.at)}${each.by ? `, by ${each.by}` : ""}${each.note ? `: ${each.note}` : ""}`,
    ),
    ...flushed.map((each) => `flushed: ${nameOf(each)}, what was issued before ${time(each.before)}`),
    ...(revoked.length + flushed.length === 0 ? ["Nothing is revoked, and nothing flushed."] : []),
  ];
}
