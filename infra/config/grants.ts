import { faultOfClaimName } from "../../shared/core/claims.ts";
import type { Grant } from "../../shared/core/grant.ts";
import { groupsWithin } from "../../shared/core/operations.ts";
import { parsePrefix } from "../../shared/core/prefix.ts";
import type { Storage, Way } from "../../shared/core/storage.ts";
import { isScopable, isVending, wayOf, ways } from "../../shared/core/ways.ts";
import { byClaim } from "./claim-names.ts";
import { type GrantEntry, grantEntry, listOf, usualMaxDurationSeconds } from "./document.ts";
import { type Report, under } from "./faults.ts";
import { checkPatterns } from "./grant-patterns.ts";
import { checkPolicy, withSampleValues } from "./grant-policy.ts";
import { checkTemplates } from "./grant-templates.ts";
import { checkOperationGroups } from "./operation-groups.ts";
import { membersOf, readEntry, readList, unknownKey } from "./read-entry.ts";
import { checkAttributes } from "./session-attributes.ts";

/** The issuers and storages of the document, with and without faults. */
interface DeclaredEntries {
  issuers: object;
  storages: object;
}

/**
 * Bounds the cost of a cold start; see `mostConfigBytes`. One grant can serve many callers by patterns and templates.
 */
const mostGrants = 20_000;

/** Reads the section `grants`, and keeps its order. */
export function readGrants(
  section: unknown,
  declaredEntries: DeclaredEntries,
  storages: ReadonlyMap<string, Storage>,
  report: Report,
): Grant[] {
  const names = new Set<unknown>();
  return readList(section, mostGrants, report).flatMap((value, index) => {
    const reportEntry = under(report, index);
    const { name, issuer, storage, claims, sessionTags } = membersOf(value);
    if (names.has(name)) reportEntry(["name"], "is already the name of an earlier grant");
    names.add(name);
    checkIssuers(issuer, declaredEntries.issuers, reportEntry);
    if (typeof storage === "string" && !Object.hasOwn(declaredEntries.storages, storage))
      reportEntry(["storage"], "is not among the storages");
    // zod skips this key. The grant would lose a condition and become wider, or would lose a tag.
    if (Object.hasOwn(membersOf(claims), "__proto__")) reportEntry(["claims", "__proto__"], unknownKey);
    if (Object.hasOwn(membersOf(sessionTags), "__proto__"))
      reportEntry(["sessionTags", "__proto__"], unknownKey);

    const entry = readEntry(grantEntry, value, reportEntry);
    if (entry === undefined) return [];
    const grantStorage = storages.get(entry.storage);
    if (grantStorage !== undefined) checkEnforceable(entry, grantStorage, reportEntry);
    const captures = checkPatterns(entry, reportEntry);
    checkTemplates(entry, captures, reportEntry);
    checkAttributes(entry, grantStorage, captures, reportEntry);
    checkOperationGroups(entry, grantStorage, captures, reportEntry);
    const grant = grantOf(entry, reportEntry);
    if (grantStorage !== undefined) checkPolicy(grant, grantStorage, reportEntry);
    return [grant];
  });
}

function checkIssuers(issuer: unknown, issuerEntries: object, report: Report): void {
  const names = Array.isArray(issuer) ? issuer : [issuer];
  for (const [index, name] of names.entries()) {
    if (typeof name !== "string" || Object.hasOwn(issuerEntries, name)) continue;
    const place = Array.isArray(issuer) ? ["issuer", index] : ["issuer"];
    if (name === "aws") report(place, "needs the section aws");
    else if (name === "api-token") report(place, "needs the section apiTokens");
    else if (name === "client-key") report(place, "needs the section clientKeys");
    else report(place, "is not among the issuers");
  }
  if (new Set(names).size < names.length) report(["issuer"], "must name each issuer once");
}

function grantOf(entry: GrantEntry, report: Report): Grant {
  const { issuer, subject, expires, sourceIps, also = [], ...others } = entry;
  const { acknowledgeSharedFolders: _, ...rest } = others;
  const groups = groupsWithin(rest.permission, also);
  const claims = byClaim(rest.claims ?? {}, under(report, "claims"));
  if (subject === undefined && Object.keys(claims).length === 0) {
    report(["subject"], 'is required if there are no claims: "*" stands for every caller of the issuer');
  }
  for (const name of Object.keys(claims)) {
    const fault = faultOfClaimName(name);
    if (fault !== undefined) report(["claims", name], fault);
  }
  return {
    maxDurationSeconds: usualMaxDurationSeconds,
    mode: "enforce",
    ...rest,
    issuer: listOf(issuer),
    ...(subject !== undefined && { subject: listOf(subject) }),
    ...(expires !== undefined && { expires: Date.parse(expires) }),
    ...(sourceIps !== undefined && { sourceIps: listOf(sourceIps) }),
    ...(groups.length > 0 && { also: groups }),
    claims,
    prefix: readPrefix(rest.prefix ?? "", report),
  };
}

function readPrefix(template: string, report: Report): string {
  const sample = withSampleValues(template);
  const prefix = parsePrefix(sample);
  if (sample.includes("${")) return template;
  if (!prefix.ok) report(["prefix"], prefix.reason);
  else if (prefix.value !== sample) return `${template}/`;
  return template;
}

const scopingWays = (Object.keys(ways) as Way[]).filter((issue) => isScopable({ issue }));

/** A grant must not promise a limit that the storage's way cannot enforce. */
function checkEnforceable(
  { prefix = "", permission, expires }: GrantEntry,
  storage: Storage,
  report: Report,
): void {
  if (expires !== undefined && wayOf(storage).scopeHeldBy === "none")
    report(["expires"], `cannot be enforced by ${storage.issue}, whose credentials do not expire`);
  if (!isVending(storage) || isScopable(storage)) return;
  const reason = `cannot be enforced by ${storage.issue}, whose credentials cannot be narrowed: use ${scopingWays.join(" or ")}`;
  if (prefix !== "") report(["prefix"], reason);
  if (permission !== "READWRITE") report(["permission"], reason);
}
