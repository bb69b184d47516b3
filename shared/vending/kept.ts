import { isServable } from "../core/expiry.ts";
import { boundedMap } from "./bounded-map.ts";
import { type KeptSession, openKept } from "./kept-session.ts";
import type { Obtained } from "./obtained.ts";
import type { Clock, Entry, EntryTable, Seal } from "./ports.ts";

/** How long an instance answers from its memory: a burst costs one read, and a warmed session is soon everywhere. */
const rememberedMs = 5_000;
/** Sessions that one instance remembers. */
const mostRemembered = 1_000;

/** What the table holds for a key, opened. */
export interface Found {
  entry: Entry | undefined;
  kept: KeptSession | undefined;
}

/** An entry whose session may be handed out. */
export interface Servable extends Found {
  entry: Entry;
  kept: KeptSession;
}

export type Kept = ReturnType<typeof createKept>;

/**
 * What is kept, in this instance's memory and in the table, and whether it may be served.
 *
 * @example if (kept.mayServe(found)) return kept.serve(found);
 */
export function createKept({ table, seal, clock }: { table: EntryTable; seal: Seal; clock: Clock }) {
  const remembered = boundedMap<string, { kept: KeptSession; until: number }>(mostRemembered);
  const remember = (key: string, kept: KeptSession) =>
    remembered.set(key, { kept, until: clock.now() + rememberedMs });
  return {
    fromMemory(key: string): Obtained | undefined {
      const memory = remembered.get(key);
      const now = clock.now();
      const fresh = memory && now < memory.until && isServable(memory.kept.session, now);
      return fresh ? { session: memory.kept.session, cache: "memory" } : undefined;
    },

    /** What this instance knows, however old: for when the table or STS is away. */
    lastKnown: (key: string): KeptSession | undefined => remembered.get(key)?.kept,

    remember,

    forget: (key: string): void => void remembered.delete(key),

    /** @throws TableUnreachable */
    async find(key: string): Promise<Found> {
      const entry = await table.get(key);
      const kept = entry?.sealed === undefined ? undefined : await openKept(seal, key, entry.sealed);
      return { entry, kept };
    },

    mayServe: (found: Found): found is Servable =>
      found.kept !== undefined && isServable(found.kept.session, clock.now()),

    serve({ entry, kept }: Servable): Obtained {
      remember(entry.key, kept);
      return { session: kept.session, cache: "table" };
    },
  };
}
