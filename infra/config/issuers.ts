import { reservedIssuers, type TrustedIssuer } from "../../shared/core/config.ts";
import { issuerEntry, listOf } from "./document.ts";
import type { Report } from "./faults.ts";
import { readEntry, readNamed } from "./read-entry.ts";

/** Reads the section `issuers`. No two may have one address, or a token would belong to both. */
export function readIssuers(section: unknown, report: Report): Map<string, TrustedIssuer> {
  const issuers = new Map<string, TrustedIssuer>();
  for (const { name, value, reportEntry } of readNamed(section, 50, report)) {
    if (reservedIssuers.some((reserved) => reserved === name))
      reportEntry([], "is a name that grants know something else by");
    const entry = readEntry(issuerEntry, value, reportEntry);
    if (entry === undefined) continue;
    const twin = [...issuers.values()].find(({ issuer }) => issuer === entry.issuer);
    if (twin !== undefined) reportEntry(["issuer"], `is the address of issuers.${twin.name} already`);
    issuers.set(name, {
      algorithms: ["RS256", "ES256"],
      clockToleranceSeconds: 30,
      requiredClaims: [],
      ...entry,
      name,
      audience: listOf(entry.audience),
    });
  }
  return issuers;
}
