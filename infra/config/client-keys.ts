import type { ClientKey } from "../../shared/core/config.ts";
import type { Storage } from "../../shared/core/storage.ts";
import { isVending } from "../../shared/core/ways.ts";
import { clientKeyEntry, listOf } from "./document.ts";
import { type Report, under } from "./faults.ts";
import { readExpiry, readOwnClaims } from "./listed-callers.ts";
import { readEntry, readNamed } from "./read-entry.ts";

/** The storages by their names, as they were declared and as far as they have no faults. */
interface Storages {
  declared: object;
  checked: ReadonlyMap<string, Storage>;
}

/** Reads the section `clientKeys`, which may be absent. `now` is in epoch milliseconds. */
export function readClientKeys(
  section: unknown,
  now: number,
  storages: Storages,
  report: Report,
): ClientKey[] {
  const keys: ClientKey[] = [];
  if (section === undefined) return keys;
  const nameOfId = new Map<string, string>();
  for (const { name, value, reportEntry } of readNamed(section, 100, report)) {
    const claims = readOwnClaims(value, "client key", reportEntry);
    const entry = readEntry(clientKeyEntry, value, reportEntry);
    if (entry === undefined) continue;
    const ids = listOf(entry.id);
    for (const [index, id] of ids.entries()) {
      const place = typeof entry.id === "string" ? ["id"] : ["id", index];
      const twin = nameOfId.get(id);
      if (twin !== undefined) reportEntry(place, `is already an id of clientKeys.${twin}`);
      nameOfId.set(id, name);
    }
    if (entry.storage !== undefined) checkStorage(entry.storage, storages, under(reportEntry, "storage"));
    keys.push({
      name,
      ids,
      expiresAt: readExpiry(entry.expires, now, reportEntry),
      claims,
      ...(entry.storage !== undefined && { storage: entry.storage }),
    });
  }
  return keys;
}

/** A caller that signs has no token for the store, and reads from the answer neither an endpoint nor what a key may do. */
function checkStorage(name: string, { declared, checked }: Storages, report: Report): void {
  if (!Object.hasOwn(declared, name)) report([], "is not among the storages");
  const storage = checked.get(name);
  if (storage === undefined) return;
  if (!isVending(storage) || storage.issue === "static" || storage.issue === "web-identity")
    report([], `is ${storage.issue}, by which a client key gets nothing`);
}
