import { jsonLine, printable } from "../../shared/client/src/cli/output.ts";
import { type Finding, isTrouble, type Status } from "./finding.ts";

const words: Record<Status, string> = {
  ok: "ok",
  warning: "warning",
  failed: "FAILED",
  "not-checked": "not checked",
};

/**
 * The findings for a reader: a line for each, and below it what to do.
 *
 * @example reportText([about("clock", "lake").ok("agrees")]).split("\n")[0] // "ok           clock          lake: agrees"
 */
export function reportText(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ status, check, subject, message, advice }) => [
    `${words[status].padEnd(13)}${check.padEnd(15)}${subject}: ${message}`,
    ...(advice === undefined ? [] : [`${"".padEnd(28)}${advice}`]),
  ]);
  return [...lines, "", summaryOf(findings), ""].map(printable).join("\n");
}

/** The same for a program. */
export function reportJson(url: string, findings: readonly Finding[], now: Date): string {
  return jsonLine({ ok: !findings.some(isTrouble), url, time: now.toISOString(), findings });
}

function summaryOf(findings: readonly Finding[]): string {
  const statuses: Status[] = ["failed", "warning", "ok", "not-checked"];
  return statuses
    .map(
      (status) =>
        `${findings.filter((finding) => finding.status === status).length} ${words[status].toLowerCase()}`,
    )
    .join(", ");
}
