import { boundedMap } from "../core/bounded-map.ts";
import type { StorageKey } from "../core/key-standing.ts";
import { type Storage, secretOf } from "../core/storage.ts";
import type { Clock, EntryTable, Seal } from "./ports.ts";

/** How long an instance goes by what it knows, as with sessions. */
const memoryMs = 5_000;
const mostRemembered = 1_000;

export type StorageKeys = ReturnType<typeof createStorageKeys>;

/** The key of a storage's own row, in the table and under the seal. */
export const storageKeyRow = (storage: string) => `storage-key ${storage}`;

/**
 * The long-term key of each storage, as all instances together know it: one that reads a new key from its secret tells the
 * others (`note-key.ts`). The row has its fingerprint only, and that is sealed.
 *
 * @example const key = await createStorageKeys(ports).known(storage)
 */
export function createStorageKeys({
  table,
  seal,
  clock,
}: {
  table: EntryTable;
  seal: Seal;
  clock: Pick<Clock, "now">;
}) {
  const memory = boundedMap<string, { known: StorageKey | undefined; until: number }>(mostRemembered);

  function remember(storage: string, known: StorageKey | undefined): StorageKey | undefined {
    memory.set(storage, { known, until: clock.now() + memoryMs });
    return known;
  }

  async function read(storage: string): Promise<StorageKey | undefined> {
    const row = storageKeyRow(storage);
    const { sealed } = (await table.get(row)) ?? {};
    const plain = sealed && (await seal.open(row, sealed));
    return remember(storage, plain ? (JSON.parse(plain) as StorageKey) : undefined);
  }

  return {
    /** `undefined` where there is none, and where it cannot be had: what is not known is not compared. */
    async known(storage: Storage): Promise<StorageKey | undefined> {
      if (secretOf(storage) === undefined) return undefined;
      const { name } = storage;
      const remembered = memory.get(name);
      if (remembered && clock.now() < remembered.until) return remembered.known;
      return read(name).catch(() => remembered?.known);
    },

    remember,
  };
}
