import type { DueTable } from "../vending/ports.ts";
import type { JsonCall } from "./call.ts";
import { dueShards } from "./due-shard.ts";
import { unreachable } from "./table-fault.ts";
import { createTableWrite, type Item, isNewest, number } from "./table-write.ts";

/** Entries of one page. DynamoDB's own page, a megabyte of data, is longer in JSON than an answer may be. */
const pageSize = 1_000;

interface DueEntry {
  key: string;
  dueAt: number;
}

/**
 * The due entries in the cache's table: what the warmer reads, and drops.
 *
 * @example for await (const key of createDueTable(dynamodb, "keyvend-prod").due(now)) console.log(key)
 */
export function createDueTable(call: JsonCall, tableName: string): DueTable {
  const write = createTableWrite(call, tableName);

  /** The entries of one shard in the order in which they are due, read one page at a time. */
  async function* dueOf(shard: number, horizon: number): AsyncGenerator<DueEntry, undefined> {
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
        // One page of each shard is held. The next entry is always the most urgent of the shards' first ones.
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

    drop: (key, generation) =>
      write({ key, condition: isNewest, values: { ":generation": number(generation) } }),
  };
}

/** The shard whose first entry is due first; any shard if none has an entry left. */
function mostUrgent(heads: readonly IteratorResult<DueEntry, undefined>[]): number {
  const times = heads.map((head) => (head.done ? Number.POSITIVE_INFINITY : head.value.dueAt));
  return times.indexOf(Math.min(...times));
}
