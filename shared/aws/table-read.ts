import type { JsonCall } from "./call.ts";
import { unreachable } from "./table-fault.ts";
import { type Item, text } from "./table-write.ts";

/**
 * Reads rows of the cache's table as the last write left them. Its function gives `undefined` where there is no such row,
 * and throws TableUnreachable.
 *
 * @example const item = await createTableRead(dynamodb, "keyvend-prod")(key)
 */
export function createTableRead(call: JsonCall, tableName: string) {
  return async function read(key: string): Promise<Item | undefined> {
    try {
      const { Item } = await call<{ Item?: Item }>("GetItem", {
        TableName: tableName,
        Key: { key: text(key) },
        ConsistentRead: true,
      });
      return Item;
    } catch (error) {
      throw unreachable(error);
    }
  };
}
