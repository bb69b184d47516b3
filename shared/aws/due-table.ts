import type { DueTable } from "../vending/ports.ts";
import type { JsonCall } from "./call.ts";
import { dueShards } from "./due-shard.ts";
import { unreachable } from "./table-fault.ts";
import { createTableWrite, type Item, mine, number } from "./table-write.ts";

/** DynamoDB's own page, a megabyte of data, is more in JSON than an answer may have. */
const pageSize = 1_000;

interface Due {
  key: string;
  dueAt: number;
}

/**
 * The cache's table as the warmer needs it.
 *
 * @example for await (const key of createDueTable(dynamodb, "keyvend-prod").due(now)) console.log(key)
 */
export function createDueTable(call: JsonCall, tableName: string): DueTable {
  const write = createTableWrite(call, tableName);

  /** One shard's entries in the order in which they are due, a page at a time. */
  async function* dueOf(shard: number, horizon: number): AsyncGenerator<Due, undefined> {
    let after: Item | undefined;
    do {
      const page = await call<{ Items: Item[]; LastEvaluatedKey?: Item }>("Query", {
        TableName: tableName,
        IndexName: "due",
        KeyConditionExpression: "dueShard = :shard AND dueAt <= :horizon",
        ExpressionAttributeValues: { ":shard": number(shard), ":horizon": number(horizon) },
        Limit: pageSize,
        ...(after && { ExclusiveStartKey: after }),
      });
      for (const { key, dueAt } of page.Items) {
        if (key?.S !== undefined) yield { key: key.S, dueAt: Number(dueAt?.N) };
      }
      after = page.LastEvaluatedKey;
    } while (after);
  }

  return {
    async *due(horizon) {
      const shards = Array.from({ length: dueShards }, (_, shard) => dueOf(shard, horizon));
      try {
        // The first of each shard, of which a page is held; then always the first of them all.
        const heads = await Promise.all(shards.map((shard) => shard.next()));
        for (;;) {
          const first = mostUrgent(heads);
          const head = heads[first];
          if (head === undefined || head.done) return;
          yield head.value.key;
          heads[first] = (await shards[first]?.next()) ?? { done: true, value: undefined };
        }
      } catch (error) {
        throw unreachable(error);
      }
    },

    drop: (key, generation) => write({ key, condition: mine, values: { ":generation": number(generation) } }),
  };
}

/** Which of the shards has the one that is due first; any where none has one. */
function mostUrgent(heads: readonly IteratorResult<Due, undefined>[]): number {
  const times = heads.map((head) => (head.done ? Number.POSITIVE_INFINITY : head.value.dueAt));
  return times.indexOf(Math.min(...times));
}
