import type { Grant } from "../../shared/core/grant.ts";
import { parsePrefix } from "../../shared/core/prefix.ts";
import { enforcementOf, type Way } from "../../shared/core/storage.ts";
import type { GrantEntry } from "./document.ts";
import type { Report } from "./faults.ts";
import { usualMaxDurationSeconds } from "./storage.ts";

const scopable = Object.entries(enforcementOf).flatMap(([way, by]) => (by === "session-policy" ? [way] : []));

/** Makes a grant of what is written. `report` takes fields of this grant. */
export function grantOf({ subject, ...entry }: GrantEntry, report: Report): Grant {
  if (subject === undefined && Object.keys(entry.claims ?? {}).length === 0) {
    report(["subject"], 'is required where there are no claims: "*" if every caller of the issuer is meant');
  }
  const claims = Object.entries(entry.claims ?? {}).map(([name, patterns]) => [name, listOf(patterns)]);
  return {
    maxDurationSeconds: usualMaxDurationSeconds,
    mode: "enforce",
    ...entry,
    ...(subject !== undefined && { subject: listOf(subject) }),
    claims: Object.fromEntries(claims),
    prefix: templateOf(entry.prefix ?? "", report),
  };
}

/** What a grant promises must be what its storage's way can hold its callers to. */
export function checkScopable({ prefix = "", permission }: GrantEntry, issue: Way, report: Report): void {
  if (issue === "none" || enforcementOf[issue] === "session-policy") return;
  const reason = `cannot be held to on a ${issue} storage, whose credentials cannot be narrowed; ${scopable.join(", ")} can`;
  if (prefix !== "") report(["prefix"], reason);
  if (permission !== "READWRITE") report(["permission"], reason);
}

function templateOf(prefix: string, report: Report): string {
  // With a plain name in the place of each claim, what is left to check is what the operator wrote.
  const sample = prefix.replaceAll(/\$\{claims\.[^{}]+\}/g, "x");
  const parsed = parsePrefix(sample);
  if (sample.includes("${"))
    report(["prefix"], "must refer to claims as ${claims.name}, and to nothing else");
  else if (!parsed.ok) report(["prefix"], parsed.reason);
  else if (parsed.value !== sample) return `${prefix}/`;
  return prefix;
}

export function listOf(value: string | string[]): string[] {
  return typeof value === "string" ? [value] : value;
}
