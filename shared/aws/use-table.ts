import type { UseTable } from "../vending/ports.ts";
import type { JsonCall } from "./call.ts";
import { dueShardOf } from "./due-shard.ts";
import { createTableWrite, mine, number } from "./table-write.ts";

/**
 * The cache's table as the first answer from an entry needs it. `dueShard` and `dueAt` are on used entries only, so that
 * the index `due` holds nothing else.
 *
 * @example await createUseTable(dynamodb, "keyvend-prod").markUsed(key, generation, dueAt)
 */
export function createUseTable(call: JsonCall, tableName: string): UseTable {
  const write = createTableWrite(call, tableName);
  return {
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
