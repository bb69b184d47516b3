import type { Tables } from "../../shared/aws/tables.ts";
import type { ClaimTable, EntryTable, UseTable } from "../../shared/vending/ports.ts";

/**
 * The ports of a table for a process that many callers ask at once, where a function has one caller at a time: those that want the same
 * row share the reads of it, of those that want to claim it one asks the table, and one marks it for all as used.
 *
 * @example joinedTables(createTables(dynamodb, "keyvend-prod", seal))
 */
export function joinedTables(tables: Tables): Tables {
  return {
    ...tables,
    entries: joinedEntries(tables.entries),
    async loadIssuing() {
      const issuing = await tables.loadIssuing();
      return { ...issuing, claims: joinedClaims(issuing.claims), uses: joinedUses(issuing.uses) };
    },
  };
}

/** A caller never gets what was read before it asked: while a read is under way, all that come share the one after it. */
function joinedEntries({ get }: EntryTable): EntryTable {
  type Read = ReturnType<EntryTable["get"]>;
  const reads = new Map<string, { current: Read; next?: Read }>();

  function begin(key: string): Read {
    const read: { current: Read; next?: Read } = { current: get(key) };
    reads.set(key, read);
    const forget = () => read.next === undefined && reads.delete(key);
    read.current.then(forget, forget);
    return read.current;
  }

  return {
    get(key) {
      const read = reads.get(key);
      if (read === undefined) return begin(key);
      const beginNext = () => begin(key);
      read.next ??= read.current.then(beginNext, beginNext);
      return read.next;
    },
  };
}

/** A caller that comes while another one claims has lost, and hears so when that one's outcome can be read. */
function joinedClaims(claims: ClaimTable): ClaimTable {
  const underWay = new Map<string, Promise<unknown>>();
  return {
    ...claims,
    async claim(key, ...more) {
      const other = underWay.get(key);
      if (other !== undefined) {
        await other.catch(() => undefined);
        return undefined;
      }
      const claiming = claims.claim(key, ...more);
      underWay.set(key, claiming);
      return claiming.finally(() => underWay.delete(key));
    },
  };
}

/** One mark is enough for all that have an entry's generation from one read. */
function joinedUses({ markUsed }: UseTable): UseTable {
  const underWay = new Map<string, Promise<void>>();
  return {
    markUsed(key, generation, dueAt) {
      const name = `${key} ${generation}`;
      const marking =
        underWay.get(name) ?? markUsed(key, generation, dueAt).finally(() => underWay.delete(name));
      underWay.set(name, marking);
      return marking;
    },
  };
}
