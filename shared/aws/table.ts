import { type Entry, type EntryTable, TableUnreachable } from "../vending/ports.ts";
import { CallFailed, type JsonCall } from "./call.ts";

/** Partitions of the warmer's index: due entries of a whole fleet would overheat a single one. */
const dueShards = 8;

/** A number or a string as DynamoDB writes it. */
type Value = { S: string } | { N: string };
type Item = Record<string, { S?: string; N?: string }>;

const text = (value: string): Value => ({ S: value });
const number = (value: number): Value => ({ N: String(value) });

/**
 * The cache's table in DynamoDB. An item is one entry; `dueShard` and `dueAt` are there only for used entries, so that
 * the index `due` holds nothing else.
 *
 * @example createTable(dynamodb, "keyvend-prod").get(key)
 */
export function createTable(call: JsonCall, tableName: string): EntryTable {
  const write = (
    action: "UpdateItem" | "DeleteItem",
    key: string,
    condition: string,
    values: Record<string, Value>,
    update?: string,
  ) =>
    conditional(() =>
      call(action, {
        TableName: tableName,
        Key: { key: text(key) },
        ConditionExpression: condition,
        ExpressionAttributeValues: values,
        ...(update !== undefined && { UpdateExpression: update }),
        // `key` and `ttl` are reserved words, and aliasing every name keeps the expressions alike.
        ExpressionAttributeNames: aliases(`${condition} ${update ?? ""}`),
      }),
    );
  const mine = "#generation = :generation";

  return {
    async get(key) {
      const { Item } = await reached(() =>
        call<{ Item?: Item }>("GetItem", {
          TableName: tableName,
          Key: { key: text(key) },
          ConsistentRead: true,
        }),
      );
      return Item && entryOf(key, Item);
    },

    async claim(key, seen, now, until) {
      // The first generation is the time, so that an entry which was deleted and made anew never repeats one.
      const generation = (seen?.generation ?? now) + 1;
      const free =
        seen === undefined
          ? "attribute_not_exists(#key)"
          : "#generation = :seen AND (attribute_not_exists(#claimedUntil) OR #claimedUntil <= :now)";
      const values = seen === undefined ? {} : { ":seen": number(seen.generation), ":now": number(now) };
      const won = await write(
        "UpdateItem",
        key,
        free,
        { ...values, ":generation": number(generation), ":until": number(until), ":ttl": seconds(until) },
        // An entry that never gets a result goes with its claim; one that has a result keeps its own time to live.
        "SET #generation = :generation, #claimedUntil = :until, #ttl = if_not_exists(#ttl, :ttl)",
      );
      return won ? generation : undefined;
    },

    keep: ({ key, generation, sealed, expiration }) =>
      write(
        "UpdateItem",
        key,
        mine,
        { ":generation": number(generation), ":sealed": text(sealed), ":ttl": seconds(expiration) },
        "SET #sealed = :sealed, #ttl = :ttl REMOVE #claimedUntil, #dueShard, #dueAt",
      ),

    async release(key, generation) {
      await write("UpdateItem", key, mine, { ":generation": number(generation) }, "REMOVE #claimedUntil");
    },

    async markUsed(key, generation, dueAt) {
      await write(
        "UpdateItem",
        key,
        `${mine} AND attribute_not_exists(#dueAt)`,
        {
          ":generation": number(generation),
          ":dueAt": number(dueAt),
          ":dueShard": number(Number.parseInt(key.slice(0, 8), 16) % dueShards),
        },
        "SET #dueAt = :dueAt, #dueShard = :dueShard",
      );
    },

    async drop(key, generation) {
      await write("DeleteItem", key, mine, { ":generation": number(generation) });
    },

    async *due(horizon) {
      for (let shard = 0; shard < dueShards; shard++) {
        let page: { Items: Item[]; LastEvaluatedKey?: Item } | undefined;
        do {
          const after: Item | undefined = page?.LastEvaluatedKey;
          page = await reached(() =>
            call<{ Items: Item[]; LastEvaluatedKey?: Item }>("Query", {
              TableName: tableName,
              IndexName: "due",
              KeyConditionExpression: "dueShard = :shard AND dueAt <= :horizon",
              ExpressionAttributeValues: { ":shard": number(shard), ":horizon": number(horizon) },
              ...(after && { ExclusiveStartKey: after }),
            }),
          );
          for (const { key } of page.Items) if (key?.S !== undefined) yield key.S;
        } while (page.LastEvaluatedKey);
      }
    },
  };
}

/** DynamoDB's time to live is in seconds. It only tidies up: whether an entry is still good is checked in code. */
const seconds = (milliseconds: number) => number(Math.ceil(milliseconds / 1_000));

function aliases(expression: string): Record<string, string> {
  return Object.fromEntries(
    Array.from(expression.matchAll(/#(\w+)/g), ([alias, name = ""]) => [alias, name]),
  );
}

function entryOf(key: string, item: Item): Entry {
  const optional = <Name extends string>(name: Name) => {
    const value = item[name]?.N;
    return (value === undefined ? {} : { [name]: Number(value) }) as { [name in Name]?: number };
  };
  return {
    key,
    generation: Number(item["generation"]?.N ?? 0),
    ...(item["sealed"]?.S !== undefined && { sealed: item["sealed"].S }),
    ...optional("dueAt"),
    ...optional("claimedUntil"),
  };
}

/** False when the condition does not hold: somebody else was faster. */
async function conditional(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof CallFailed && error.type === "ConditionalCheckFailedException") return false;
    throw unreachable(error);
  }
}

async function reached<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw unreachable(error);
  }
}

const unreachable = (error: unknown) =>
  error instanceof CallFailed ? new TableUnreachable(error.message) : error;
