import { readRoleArn } from "../../functions/sts/role-arn.ts";
import type { StsRole } from "../../shared/core/config.ts";
import { parsePrefix } from "../../shared/core/prefix.ts";
import { roleArn, roleArnRule, stsRoleEntry } from "./document.ts";
import { type Report, under } from "./faults.ts";
import { readEntry, readMap } from "./read-entry.ts";

/** Reads the section `stsRoleArns`, which may be absent. */
export function readStsRoles(section: unknown, storages: object, report: Report): StsRole[] {
  const roles: StsRole[] = [];
  if (section === undefined) return roles;
  for (const [arn, value] of readMap(section, 1_000, report)) {
    const reportEntry = under(report, arn);
    if (!roleArn.safeParse(arn).success) reportEntry([], roleArnRule);
    else if (readRoleArn(arn) !== undefined)
      reportEntry([], "says by itself what it stands for, and cannot stand for anything else");
    const entry = readEntry(stsRoleEntry, value, reportEntry);
    if (entry === undefined) continue;
    if (!Object.hasOwn(storages, entry.storage)) reportEntry(["storage"], "is not among the storages");
    const prefix = parsePrefix(entry.prefix ?? "");
    if (!prefix.ok) reportEntry(["prefix"], prefix.reason);
    else roles.push({ arn, ...entry, ...(prefix.value !== "" && { prefix: prefix.value }) });
  }
  return roles;
}
