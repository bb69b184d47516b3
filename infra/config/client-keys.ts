import type { ClientKey } from "../../shared/core/config.ts";
import type { Storage } from "../../shared/core/storage.ts";
import { nestedClaims } from "./claim-names.ts";
import { clientKeyEntry, listOf } from "./document.ts";
import { type Report, under } from "./faults.ts";
import { membersOf, readEntry, readNamed } from "./read-entry.ts";

/** How far ahead a client key may expire, as an API token. */
const longestDays = 366;
const dayMs = 86_400_000;

/** Reads the section `clientKeys`, which may be absent. `now` is in epoch milliseconds. */
export function readClientKeys(
  section: unknown,
  now: number,
  storages: ReadonlyMap<string, Storage>,
  report: Report,
): ClientKey[] {
  const keys: ClientKey[] = [];
  if (section === undefined) return keys;
  for (const { name, value, reportEntry } of readNamed(section, 100, report)) {
    const claims = nestedClaims(membersOf(membersOf(value)["claims"]), under(reportEntry, "claims"));
    const entry = readEntry(clientKeyEntry, value, reportEntry);
    if (entry === undefined) continue;
    keys.push({
      name,
      ids: listOf(entry.id),
      expiresAt: Date.parse(entry.expires),
      claims,
      ...(entry.storage !== undefined && { storage: entry.storage }),
    });
  }
  return keys;
}
