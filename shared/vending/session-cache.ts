import { boundedMap } from "../core/bounded-map.ts";
import { isServable, type Need } from "../core/expiry.ts";
import type { IssueRequest } from "../core/issue-request.ts";
import { type KeyStanding, keyStanding } from "../core/key-standing.ts";
import type { KeptStorage } from "../core/ways.ts";
import { type EntryContent, openContent } from "./entry-content.ts";
import { type Clock, type Entry, type EntryTable, type Seal, TableUnreachable } from "./ports.ts";
import type { Revocations } from "./revocations.ts";
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
  /** Of the session that is in it, as to the long-term key of its storage; a session that was flushed has ended. */
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
  revocations: Pick<Revocations, "current">;
  clock: Clock;
}

type KeptRequest = IssueRequest<KeptStorage>;

export type SessionCache = ReturnType<typeof createSessionCache>;

/**
 * The sessions in this instance's memory and in the table, and whether they may be handed out. A look into the table refuses what is
 * revoked, with VendError, and neither finds what was flushed.
 *
 * @example if (sessions.isServable(lookup)) return sessions.fromTable(key, lookup);
 */
export function createSessionCache({ table, seal, storageKeys, revocations, clock }: SessionCachePorts) {
  const memory = boundedMap<string, { content: EntryContent; until: number }>(mostRemembered);

  function remember(key: string, content: EntryContent): void {
    memory.set(key, { content, until: clock.now() + memoryMs });
  }

  /** @throws TableUnreachable */
  async function lookUp(key: string, request: KeptRequest): Promise<Lookup> {
    const { storage } = request;
    const [entry, storageKey, judge] = await Promise.all([
      table.get(key),
      storageKeys.known(storage),
      revocations.current(),
    ]);
    judge?.admit(request);
    const content = entry && (await openContent(seal, entry));
    const isEnded = content && judge?.isFlushed(request, content.session);
    const standing = isEnded ? "ended" : keyStanding(content?.session ?? {}, storageKey, storage.store);
    return { entry, content, standing };
  }

  return {
    async fromMemory(key: string, request: KeptRequest, need?: Need): Promise<SessionResult | undefined> {
      const memorized = memory.get(key);
      const now = clock.now();
      if (!memorized || now >= memorized.until) return undefined;
      const { session } = memorized.content;
      const judge = await revocations.current();
      const mayBe = isServable(session, now, need) && !judge?.isFlushed(request, session);
      return mayBe ? { session, cache: "memory" } : undefined;
    },

    /** What this instance knows, however old: for when the table or STS is away. It may have been flushed. */
    lastKnown: (key: string): EntryContent | undefined => memory.get(key)?.content,

    remember,

    forget(key: string): void {
      memory.delete(key);
    },

    lookUp,

    lookUpIfReachable: (key: string, request: KeptRequest): Promise<Found> =>
      lookUp(key, request).catch((fault: unknown) => {
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
