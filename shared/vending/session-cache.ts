import { boundedMap } from "../core/bounded-map.ts";
import { isServable, type Need } from "../core/expiry.ts";
import { type KeyStanding, keyStanding } from "../core/key-standing.ts";
import type { KeptStorage } from "../core/ways.ts";
import { type EntryContent, openContent } from "./entry-content.ts";
import { type Clock, type Entry, type EntryTable, type Seal, TableUnreachable } from "./ports.ts";
import type { SessionResult } from "./session-result.ts";
import type { StorageKeys } from "./storage-keys.ts";

/** How long an instance answers from its memory: a burst costs one read, and a warmed session is soon on all instances. */
const memoryMs = 5_000;
/** How many sessions one instance remembers. */
const mostRemembered = 1_000;

/** What the table has for a key, opened. */
export interface Lookup {
  entry: Entry | undefined;
  content: EntryContent | undefined;
  /** Of the session that is in it, as to the long-term key of its storage. */
  standing: KeyStanding;
}

/** What came of looking in the table. */
export type Found = Lookup | TableUnreachable;

/** A lookup whose session may be handed out. */
export interface ServableLookup extends Lookup {
  entry: Entry;
  content: EntryContent;
}

interface SessionCachePorts {
  table: EntryTable;
  seal: Seal;
  storageKeys: Pick<StorageKeys, "known">;
  clock: Clock;
}

export type SessionCache = ReturnType<typeof createSessionCache>;

/**
 * The sessions in this instance's memory and in the table, and whether they may be handed out.
 *
 * @example if (sessions.isServable(lookup)) return sessions.fromTable(key, lookup);
 */
export function createSessionCache({ table, seal, storageKeys, clock }: SessionCachePorts) {
  const memory = boundedMap<string, { content: EntryContent; until: number }>(mostRemembered);

  function remember(key: string, content: EntryContent): void {
    memory.set(key, { content, until: clock.now() + memoryMs });
  }

  /** @throws TableUnreachable */
  async function lookUp(key: string, storage: KeptStorage): Promise<Lookup> {
    const [entry, storageKey] = await Promise.all([table.get(key), storageKeys.known(storage)]);
    const content = entry && (await openContent(seal, entry));
    return { entry, content, standing: keyStanding(content?.session ?? {}, storageKey, storage.store) };
  }

  return {
    fromMemory(key: string, need?: Need): SessionResult | undefined {
      const memorized = memory.get(key);
      const now = clock.now();
      const isFresh = memorized && now < memorized.until && isServable(memorized.content.session, now, need);
      return isFresh ? { session: memorized.content.session, cache: "memory" } : undefined;
    },

    /** What this instance knows, however old: for when the table or STS is away. */
    lastKnown: (key: string): EntryContent | undefined => memory.get(key)?.content,

    remember,

    forget(key: string): void {
      memory.delete(key);
    },

    lookUp,

    lookUpIfReachable: (key: string, storage: KeptStorage): Promise<Found> =>
      lookUp(key, storage).catch((fault: unknown) => {
        if (!(fault instanceof TableUnreachable)) throw fault;
        return fault;
      }),

    isServable: (lookup: Found, need?: Need): lookup is ServableLookup =>
      !(lookup instanceof TableUnreachable) &&
      lookup.content !== undefined &&
      lookup.standing !== "ended" &&
      isServable(lookup.content.session, clock.now(), need),

    /** Remembers it, too. */
    fromTable(key: string, { content }: ServableLookup): SessionResult {
      remember(key, content);
      return { session: content.session, cache: "table" };
    },
  };
}
