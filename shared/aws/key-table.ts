import type { KeyTable } from "../vending/ports.ts";
import type { JsonCall } from "./call.ts";
import { createTableWrite, number, text } from "./table-write.ts";

/**
 * What is known of the storages' long-term keys, in the cache's table. Their rows are read as entries are.
 *
 * @example await createKeyTable(dynamodb, "keyvend-prod").put("storage-key lake", now, sealed)
 */
export function createKeyTable(call: JsonCall, tableName: string): KeyTable {
  const write = createTableWrite(call, tableName);
  return {
    async put(row, readAt, sealed) {
      await write({
        key: row,
        condition: "attribute_not_exists(#key) OR #readAt <= :readAt",
        values: { ":readAt": number(readAt), ":sealed": text(sealed) },
        update: "SET #readAt = :readAt, #sealed = :sealed",
      });
    },
  };
}
