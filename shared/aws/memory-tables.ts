import type { Jwks, JwksStore } from "../identity/jwks.ts";
import type {
  ClaimTable,
  Clock,
  CounterTable,
  DueTable,
  Entry,
  EntryTable,
  KeyTable,
  Pause,
  PauseTable,
  RateTable,
  RevocationTable,
  UseTable,
} from "../vending/ports.ts";
import { type MemoryRows, memoryRows } from "./memory-rows.ts";
import type { Tables } from "./tables.ts";

/** Rows of each kind. An entry is some two kilobytes; the others are smaller. */
const mostRows = 100_000;
/** A claim without a result is kept for so long after its end, since it may be handed over. */
const restMs = 60_000;
/** What stands for as long as anybody asks for it. */
const dayMs = 86_400_000;

const noRevocations: RevocationTable = { revocations: async () => undefined };

/** A row of the cache, and that of a storage's long-term key, which is read like one. */
type Row = Entry & { readAt?: number };

/**
 * All ports of the table in the memory of one process: for a server that stands alone. With the process they end, and then each
 * scope is issued once more. A call takes effect at once, so that of callers that claim together one wins.
 *
 * @param revocations where what is revoked is kept instead: that must outlast the process
 * @example const { entries } = createMemoryTables({ now: Date.now })
 */
export function createMemoryTables(
  clock: Pick<Clock, "now">,
  { revocations }: RevocationTable = noRevocations,
): Tables {
  const rows = memoryRows<Row>(mostRows, clock);
  const issuing = {
    uses: usesIn(rows),
    claims: claimsIn(rows),
    keys: keysIn(rows, clock),
    dues: duesIn(rows),
    counters: counters(clock),
    pauses: pauses(),
    rates: rates(),
  };
  return {
    entries: entriesIn(rows),
    jwks: keySets(),
    revocations: { revocations },
    readTogether: (task) => task(),
    loadIssuing: async () => issuing,
  };
}

function entriesIn(rows: MemoryRows<Row>): EntryTable {
  return {
    async get(key) {
      const { readAt: _, ...entry } = rows.get(key) ?? {};
      return "key" in entry ? entry : undefined;
    },
  };
}

/** Changes the row of the newest generation; false if this is not it. */
function changeNewest(
  rows: MemoryRows<Row>,
  key: string,
  generation: number,
  change: (row: Row) => Row,
  until = rows.untilOf(key) ?? 0,
): boolean {
  const row = rows.get(key);
  if (row?.generation !== generation) return false;
  rows.set(key, change(row), until);
  return true;
}

function usesIn(rows: MemoryRows<Row>): UseTable {
  return {
    async markUsed(key, generation, dueAt) {
      changeNewest(rows, key, generation, (row) => ({ dueAt, ...row }));
    },
  };
}

function withoutClaim({ claimedUntil: _, claimMs: __, handedOver: ___, ...row }: Row): Row {
  return row;
}

function claimsIn(rows: MemoryRows<Row>): ClaimTable {
  return {
    async claim(key, seen, now, claimMs) {
      const row = rows.get(key);
      if (row?.generation !== seen?.generation) return undefined;
      // The first generation is the time, so that an entry which was forgotten and made anew never repeats a generation.
      const generation = (row?.generation ?? now) + 1;
      const { failure: _, ...rest } = withoutClaim(row ?? { key, generation });
      const until = row?.sealed === undefined ? now + claimMs + restMs : (rows.untilOf(key) ?? 0);
      rows.set(key, { ...rest, generation, claimedUntil: now + claimMs, claimMs }, until);
      return generation;
    },

    handOver: async ({ key, generation, warrant: handedOver, now, claimMs }) =>
      changeNewest(rows, key, generation, (row) => ({
        ...row,
        handedOver,
        claimedUntil: now + claimMs,
        claimMs,
      })),

    async keep({ key, generation, sealed, expiration }) {
      const kept = (row: Row) => {
        const { dueAt: _, ...rest } = withoutClaim(row);
        return { ...rest, sealed, issued: generation };
      };
      return changeNewest(rows, key, generation, kept, expiration);
    },

    async release(key, generation, failure) {
      changeNewest(rows, key, generation, (row) => ({ ...withoutClaim(row), ...(failure && { failure }) }));
    },
  };
}

function duesIn(rows: MemoryRows<Row>): DueTable {
  return {
    async *due(horizon) {
      const due = rows.values().filter(({ dueAt }) => dueAt !== undefined && dueAt <= horizon);
      yield* due.sort((one, other) => Number(one.dueAt) - Number(other.dueAt)).map(({ key }) => key);
    },

    drop: async (key, generation) => rows.get(key)?.generation === generation && rows.delete(key),
  };
}

function keysIn(rows: MemoryRows<Row>, clock: Pick<Clock, "now">): KeyTable {
  return {
    async put(key, readAt, sealed) {
      const before = rows.get(key)?.readAt;
      if (before !== undefined && before > readAt) return;
      rows.set(key, { key, generation: Number.NaN, sealed, readAt }, clock.now() + dayMs);
    },
  };
}

function counters(clock: Pick<Clock, "now">): CounterTable {
  const rows = memoryRows<number>(mostRows, clock);
  return {
    async count(counter, most, until) {
      const before = rows.get(counter) ?? 0;
      if (before >= most) return false;
      rows.set(counter, before + 1, until);
      return true;
    },
  };
}

/** One for each storage of the configuration at most. */
function pauses(): PauseTable {
  const rows = new Map<string, Pause>();
  return {
    pauseOf: async (storage) => rows.get(storage),
    async setPause(storage, seen, next) {
      if (rows.get(storage)?.until !== seen?.until) return false;
      if (next === undefined) rows.delete(storage);
      else rows.set(storage, next);
      return true;
    },
  };
}

function rates(): RateTable {
  /** The time of the next free slot, in microseconds, as in the table. */
  let nextSlot = 0;
  return {
    async reserve(slotMs, slots, now, until) {
      const first = Math.max(nextSlot, Math.ceil(now * 1_000));
      if (first >= Math.ceil(until * 1_000)) return undefined;
      nextSlot = first + Math.ceil(slotMs * slots * 1_000);
      return first / 1_000;
    },
  };
}

/** They are not sealed here: a reader of this memory has the sealing key as well. */
function keySets(): JwksStore {
  const rows = new Map<string, Jwks>();
  return {
    get: async (source) => rows.get(source),
    put: async (source, jwks) => void rows.set(source, jwks),
  };
}
