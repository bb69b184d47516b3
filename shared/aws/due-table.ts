import type { DueTable } from "../vending/ports.ts";
import type { JsonCall } from "./call.ts";
import { dueShards } from "./due-shard.ts";
import { createTableWrite, type Item, mine, number, unreachable } from "./table-write.ts";

/** DynamoDB's own page, a megabyte of data, is more in JSON than an answer may have. */
const pageSize = 1_000;

/**
 * The cache's table as the warmer needs it.
 *
 * @example for await (const key of createDueTable(dynamodb, "keyvend-prod").due(now)) console.log(key)
 */
export function createDueTable(call: JsonCall, tableName: string): DueTable {
  const write = createTableWrite(call, tableName);
  return {
    async *due(horizon) {
      for (let shard = 0; shard < dueShards; shard++) {
        let page: { Items: Item[]; LastEvaluatedKey?: Item } | undefined;
        do {
          const after: Item | undefined = page?.LastEvaluatedKey;
          try {
            page = await call<{ Items: Item[]; LastEvaluatedKey?: Item }>("Query", {
              TableName: tableName,
              IndexName: "due",
              KeyConditionExpression: "dueShard = :shard AND dueAt <= :horizon",
              ExpressionAttributeValues: { ":shard": number(shard), ":horizon": number(horizon) },
              Limit: pageSize,
              ...(after && { ExclusiveStartKey: after }),
            });
          } catch (error) {
            throw unreachable(error);
          }
          for (const { key } of page.Items) if (key?.S !== undefined) yield key.S;
        } while (page.LastEvaluatedKey);
      }
    },

    async drop(key, generation) {
      await write({ key, condition: mine, values: { ":generation": number(generation) } });
    },
  };
}
