import type { Grant } from "../../shared/core/grant.ts";
import { parsePrefix } from "../../shared/core/prefix.ts";
import type { Storage, Way } from "../../shared/core/storage.ts";
import { isScopable, isVending, ways } from "../../shared/core/ways.ts";
import { type GrantEntry, grantEntry, listOf, usualMaxDurationSeconds } from "./document.ts";
import { type Report, under } from "./faults.ts";
import { membersOf, readEntry, readList, unknownKey } from "./read-entry.ts";
import { checkAttributes } from "./session-attributes.ts";

/** What a cold start may cost; see `mostConfigBytes`. One grant serves many callers by patterns and templates. */
const mostGrants = 20_000;

/** The issuers and storages that are written down, faultless or not. */
interface Written {
  issuers: object;
  storages: object;
}

/** Reads the section `grants`, in the order written. */
export function readGrants(
  section: unknown,
  written: Written,
  storages: ReadonlyMap<string, Storage>,
  report: Report,
): Grant[] {
  const names = new Set<unknown>();
  return readList(section, mostGrants, report).flatMap((value, index) => {
    const reportEntry = under(report, index);
    const { name, issuer, storage, claims, sessionTags } = membersOf(value);
    if (names.has(name)) reportEntry(["name"], "is the name of an earlier grant already");
    names.add(name);
    checkReference("issuer", issuer, written.issuers, reportEntry);
    checkReference("storage", storage, written.storages, reportEntry);
    // zod passes over this key: a condition would be lost, which widens the grant, or a tag.
    if (Object.hasOwn(membersOf(claims), "__proto__")) reportEntry(["claims", "__proto__"], unknownKey);
    if (Object.hasOwn(membersOf(sessionTags), "__proto__"))
      reportEntry(["sessionTags", "__proto__"], unknownKey);

    const entry = readEntry(grantEntry, value, reportEntry);
    if (entry === undefined) return [];
    const place = storages.get(entry.storage);
    if (place !== undefined) checkScopable(entry, place, reportEntry);
    checkAttributes(entry, place, reportEntry);
    return [grantOf(entry, reportEntry)];
  });
}

function checkReference(field: "issuer" | "storage", name: unknown, written: object, report: Report): void {
  if (typeof name !== "string" || Object.hasOwn(written, name)) return;
  if (field === "issuer" && name === "aws") report([field], "needs the section aws");
  else if (field === "issuer" && name === "api-token") report([field], "needs the section apiTokens");
  else report([field], `is not among the ${field}s`);
}

function grantOf({ subject, ...entry }: GrantEntry, report: Report): Grant {
  const claims = Object.entries(entry.claims ?? {}).map(
    ([name, patterns]) => [name, listOf(patterns)] as const,
  );
  if (subject === undefined && claims.length === 0) {
    report(["subject"], 'is required where there are no claims: "*" if every caller of the issuer is meant');
  }
  return {
    maxDurationSeconds: usualMaxDurationSeconds,
    mode: "enforce",
    ...entry,
    ...(subject !== undefined && { subject: listOf(subject) }),
    claims: Object.fromEntries(claims),
    prefix: readTemplate(entry.prefix ?? "", report),
  };
}

function readTemplate(template: string, report: Report): string {
  // With a plain name in the place of each claim, what is left to check is what the operator wrote.
  const sample = template.replaceAll(/\$\{claims\.[^{}]+\}/g, "x");
  const prefix = parsePrefix(sample);
  if (sample.includes("${")) report(["prefix"], templateRule);
  else if (!prefix.ok) report(["prefix"], prefix.reason);
  else if (prefix.value !== sample) return `${template}/`;
  return template;
}

const templateRule = "must refer to claims as ${claims.name}, and to nothing else";

const scopingWays = (Object.keys(ways) as Way[]).filter((issue) => isScopable({ issue }));

/** A grant must not promise what the storage's way cannot hold its callers to. */
function checkScopable({ prefix = "", permission }: GrantEntry, storage: Storage, report: Report): void {
  if (!isVending(storage)) return;
  if (isScopable(storage)) {
    if (/[^ -\u00ff]/.test(storage.prefix + prefix))
      report(["prefix"], "must not go beyond U+00FF, as policies cannot");
    return;
  }
  const reason = `cannot be held to by ${storage.issue}, whose credentials cannot be narrowed; ${scopingWays.join(", ")} could`;
  if (prefix !== "") report(["prefix"], reason);
  if (permission !== "READWRITE") report(["permission"], reason);
}
