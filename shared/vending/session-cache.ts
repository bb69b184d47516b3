import { isServable } from "../core/expiry.ts";
import { boundedMap } from "./bounded-map.ts";
import { type EntryContent, openContent } from "./entry-content.ts";
import type { Clock, Entry, EntryTable, Seal } from "./ports.ts";
import type { SessionResult } from "./session-result.ts";

/** How long an instance answers from its memory: a burst costs one read, and a warmed session is soon on all instances. */
const memoryMs = 5_000;
/** How many sessions one instance remembers. */
const mostRemembered = 1_000;

/** What the table has for a key, opened. */
export interface Lookup {
  entry: Entry | undefined;
  content: EntryContent | undefined;
}

/** A lookup whose session may be handed out. */
export interface ServableLookup extends Lookup {
  entry: Entry;
  content: EntryContent;
}

export type SessionCache = ReturnType<typeof createSessionCache>;

/**
 * The sessions in this instance's memory and in the table, and whether they may be handed out.
 *
 * @example if (sessions.isServable(lookup)) return sessions.fromTable(lookup);
 */
export function createSessionCache({ table, seal, clock }: { table: EntryTable; seal: Seal; clock: Clock }) {
  const memory = boundedMap<string, { content: EntryContent; until: number }>(mostRemembered);
  return {
    fromMemory(key: string): SessionResult | undefined {
      const memorized = memory.get(key);
      const now = clock.now();
      const isFresh = memorized && now < memorized.until && isServable(memorized.content.session, now);
      return isFresh ? { session: memorized.content.session, cache: "memory" } : undefined;
    },

    /** What this instance knows, however old: for when the table or STS is away. */
    lastKnown: (key: string): EntryContent | undefined => memory.get(key)?.content,

    remember(key: string, content: EntryContent): void {
      memory.set(key, { content, until: clock.now() + memoryMs });
    },

    forget(key: string): void {
      memory.delete(key);
    },

    /** @throws TableUnreachable */
    async lookUp(key: string): Promise<Lookup> {
      const entry = await table.get(key);
      const content = entry && (await openContent(seal, entry));
      return { entry, content };
    },

    isServable: (lookup: Lookup): lookup is ServableLookup =>
      lookup.content !== undefined && isServable(lookup.content.session, clock.now()),

    fromTable: ({ content }: ServableLookup): SessionResult => ({ session: content.session, cache: "table" }),
  };
}
