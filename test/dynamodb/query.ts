import { type Attributes, attributesOf, orderOf } from "./attribute.ts";
import { expressionReader, meaningsOf } from "./expression.ts";
import { keyConditionOf } from "./key-condition.ts";
import { Refused } from "./refused.ts";
import type { Rows } from "./rows.ts";

export interface QueryInput {
  IndexName?: string;
  KeyConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, unknown>;
  ExclusiveStartKey?: object;
  Limit?: number;
}

/** DynamoDB's own page is a megabyte of data. With keys alone, it is never full before this many rows. */
const longestPage = 5_000;

const readKeyCondition = expressionReader(keyConditionOf);

/** One page of the index. Throws `Refused`. */
export function query(rows: Rows, input: QueryInput): object {
  const { keyName, indexName, indexHash, indexRange } = rows;
  const { Limit: limit = 0 } = input;
  if (input.IndexName !== indexName) throw new Refused(`Only the index ${indexName} is simulated.`);
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= longestPage)) {
    throw new Refused(`Only pages of 1 to ${longestPage} items are simulated.`);
  }
  const expression = readKeyCondition(input.KeyConditionExpression);
  const { hash, range } = expression.meaning;
  const meanings = meaningsOf(input, [expression]);
  const shard = meanings.valueOf(hash.value);
  const bound = range && meanings.valueOf(range.value);
  rows.checkKey({ [meanings.nameOf(hash.name)]: shard }, [indexHash]);
  if (range && bound) rows.checkKey({ [meanings.nameOf(range.name)]: bound }, [indexRange]);

  const names = [keyName, indexHash, indexRange];
  const after = input.ExclusiveStartKey && attributesOf(input.ExclusiveStartKey);
  const isInRange = (row: Attributes) => range === undefined || range.holds(orderOf(row[indexRange], bound));
  if (after) {
    rows.checkKey(after, names);
    if (!isInRange(after) || orderOf(after[indexHash], shard) !== 0) {
      throw new Refused("The starting key is outside of what is asked for.");
    }
  }
  const isAfter = (row: Attributes) => after === undefined || rows.order(row, after) > 0;
  const found = rows.indexed(shard, (row) => isInRange(row) && isAfter(row));
  const Items = found
    .slice(0, limit)
    .map((row) => Object.fromEntries(names.map((name) => [name, row[name]])));
  return {
    Items,
    Count: Items.length,
    ScannedCount: Items.length,
    // A full page has a last key, whether anything comes after it or not.
    ...(Items.length === limit && { LastEvaluatedKey: Items.at(-1) }),
  };
}
