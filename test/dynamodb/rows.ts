import { tableSchema } from "../../infra/local/table-schema.ts";
import { type Attribute, type Attributes, orderOf } from "./attribute.ts";
import { type KeyNames, keyNamesOf } from "./key-names.ts";
import { Refused } from "./refused.ts";

/** The rows of the table that `infra/table.yml` describes, and its one index. */
export interface Rows extends KeyNames {
  /** The row of this key. Other attributes do not count. */
  get(key: Attributes): Attributes | undefined;
  put(row: Attributes): void;
  delete(key: Attributes): void;
  all(): Attributes[];
  /** The index's rows under a value of its hash, in order. A row that lacks one of the index's keys is not in it. */
  indexed(hash: Attribute, isWanted: (row: Attributes) => boolean): Attributes[];
  /** The order within the index, as `orderOf` has it. */
  order(one: Attributes, other: Attributes): number;
  /** Throws `Refused` for a row that lacks the table's key, has a key of another type, or is larger than 400 KiB. */
  check(row: Attributes): void;
  /** Throws `Refused` unless these names, and no others, are there in the table's types. */
  checkKey(key: Attributes, names: readonly string[]): void;
}

const mostBytes = 409_600;

export function createRows(): Rows {
  const names = keyNamesOf(tableSchema());
  const { keyName, indexHash, indexRange, types } = names;
  const rows = new Map<string, Attributes>();
  const index = new Map<string, Map<string, Attributes>>();

  /** The part of the index that has the row, if the index has it at all. */
  function partOf(row: Attributes | undefined): Map<string, Attributes> | undefined {
    const hash = contentOf(row?.[indexHash]);
    if (hash === "" || row?.[indexRange] === undefined) return undefined;
    const part = index.get(hash) ?? new Map<string, Attributes>();
    index.set(hash, part);
    return part;
  }

  function remove(key: string): void {
    partOf(rows.get(key))?.delete(key);
    rows.delete(key);
  }

  function checkTypes(row: Attributes): void {
    for (const [name, type] of types) {
      if (row[name] && !(type in row[name])) throw new Refused(`${name} is of type ${type}.`);
    }
  }

  const order = (one: Attributes, other: Attributes) =>
    orderOf(one[indexRange], other[indexRange]) || orderOf(one[keyName], other[keyName]);

  return {
    ...names,
    order,
    get: (key) => rows.get(contentOf(key[keyName])),
    put(row) {
      const key = contentOf(row[keyName]);
      remove(key);
      rows.set(key, row);
      partOf(row)?.set(key, row);
    },
    delete: (key) => remove(contentOf(key[keyName])),
    all: () => [...rows.values()],
    indexed: (hash, isWanted) =>
      [...(index.get(contentOf(hash))?.values() ?? [])].filter(isWanted).sort(order),
    check(row) {
      checkTypes(row);
      if (contentOf(row[keyName]) === "") throw new Refused(`${keyName} is missing or empty.`);
      if (sizeOf(row) > mostBytes) throw new Refused("Item size has exceeded the maximum allowed size.");
    },
    checkKey(key, wanted) {
      checkTypes(key);
      const isWhole = wanted.every((name) => contentOf(key[name]) !== "");
      if (!isWhole || Object.keys(key).length !== wanted.length) {
        throw new Refused("The key does not match the schema.");
      }
    },
  };
}

/** A text or a number as text; empty for a missing attribute. */
function contentOf(value: Attribute | undefined): string {
  if (value === undefined) return "";
  return "S" in value ? value.S : value.N;
}

function sizeOf(row: Attributes): number {
  return Object.entries(row).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(contentOf(value)),
    0,
  );
}
