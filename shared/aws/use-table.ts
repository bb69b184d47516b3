import type { UseTable } from "../vending/ports.ts";
import type { JsonCall } from "./call.ts";
import { dueShardOf } from "./due-shard.ts";
import { createTableWrite, isNewest, number } from "./table-write.ts";

/**
 * The marks of use in the cache's table: what the first answer from an entry writes. Only entries that are used have
 * `dueShard` and `dueAt`, so that the index `due` holds no others.
 *
 * @example await createUseTable(dynamodb, "keyvend-prod").markUsed(key, generation, dueAt)
 */
export function createUseTable(call: JsonCall, tableName: string): UseTable {
  const write = createTableWrite(call, tableName);
  return {
    async markUsed(key, generation, dueAt) {
      await write({
        key,
        condition: `${isNewest} AND attribute_not_exists(#dueAt)`,
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
