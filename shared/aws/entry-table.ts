import type { ErrorCode } from "../contract.ts";
import type { Entry, EntryTable } from "../vending/ports.ts";
import type { JsonCall } from "./call.ts";
import { dueShardOf } from "./due-shard.ts";
import { createTableWrite, type Item, mine, number, text, unreachable } from "./table-write.ts";

/**
 * The cache's table as every answer needs it. `dueShard` and `dueAt` are on used entries only, so that the index `due`
 * holds nothing else.
 *
 * @example await createEntryTable(dynamodb, "keyvend-prod").get(key)
 */
export function createEntryTable(call: JsonCall, tableName: string): EntryTable {
  const write = createTableWrite(call, tableName);
  return {
    async get(key) {
      try {
        const { Item } = await call<{ Item?: Item }>("GetItem", {
          TableName: tableName,
          Key: { key: text(key) },
          ConsistentRead: true,
        });
        return Item && entryOf(key, Item);
      } catch (error) {
        throw unreachable(error);
      }
    },

    async markUsed(key, generation, dueAt) {
      await write({
        key,
        condition: `${mine} AND attribute_not_exists(#dueAt)`,
        values: {
          ":generation": number(generation),
          ":dueAt": number(dueAt),
          ":dueShard": number(dueShardOf(key)),
        },
        update: "SET #dueAt = :dueAt, #dueShard = :dueShard",
      });
    },
  };
}

function entryOf(key: string, item: Item): Entry {
  const optional = <Name extends string>(name: Name) => {
    const value = item[name]?.N;
    return (value === undefined ? {} : { [name]: Number(value) }) as { [name in Name]?: number };
  };
  const code = item["failedCode"]?.S;
  return {
    key,
    generation: Number(item["generation"]?.N ?? 0),
    ...(item["sealed"]?.S !== undefined && { sealed: item["sealed"].S }),
    ...optional("dueAt"),
    ...optional("claimedUntil"),
    ...(code !== undefined && {
      failure: { code: code as ErrorCode, until: Number(item["failedUntil"]?.N) },
    }),
  };
}
