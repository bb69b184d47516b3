import type { StorageKey } from "../core/key-standing.ts";
import type { IssuedBy } from "../core/session.ts";
import type { Storage } from "../core/storage.ts";
import { type Absorb, type KeyTable, type Seal, TableUnreachable } from "./ports.ts";
import { type StorageKeys, storageKeyRow } from "./storage-keys.ts";

interface NoteKeyPorts {
  storageKeys: StorageKeys;
  table: KeyTable;
  seal: Seal;
  absorb: Absorb;
}

/** Tells all instances of a key that was read; `hasWorked` if STS accepted it. It writes only what is new. */
export type NoteKey = (storage: Storage, seen: IssuedBy, hasWorked: boolean) => Promise<void>;

/**
 * Takes note of a storage's long-term key, so that all instances issue by the newest one, and no session of an older one
 * is served for long.
 *
 * @example await createNoteKey(ports)(storage, session.issuedBy, true)
 */
export function createNoteKey({ storageKeys, table, seal, absorb }: NoteKeyPorts): NoteKey {
  return async function noteKey(storage, { key: used, readAt, insteadOf }, hasWorked) {
    const key = insteadOf ?? used;
    const isProven = hasWorked && insteadOf === undefined;
    const before = await storageKeys.known(storage);
    const isSame = before?.key === key;
    const isOld = isSame ? before.isProven || !isProven : before !== undefined && before.readAt >= readAt;
    if (isOld) return;
    const next: StorageKey = { key, isProven, readAt: isSame ? before.readAt : readAt };
    const { name } = storage;
    const row = storageKeyRow(name);
    try {
      await table.put(row, next.readAt, await seal.seal(row, JSON.stringify(next)));
      storageKeys.remember(name, next);
    } catch (fault) {
      // The next issue takes note of it again.
      absorb(fault instanceof TableUnreachable ? "table" : "seal", fault);
    }
  };
}
