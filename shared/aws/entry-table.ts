import type { ErrorCode } from "../contract.ts";
import type { Entry, EntryTable } from "../vending/ports.ts";
import type { JsonCall } from "./call.ts";
import { createTableRead } from "./table-read.ts";
import { asRead, type Item } from "./table-write.ts";

/**
 * The entries of the cache's table: what every answer reads.
 *
 * @example await createEntryTable(dynamodb, "keyvend-prod").get(key)
 */
export function createEntryTable(call: JsonCall, tableName: string): EntryTable {
  const read = createTableRead(call, tableName);
  return {
    async get(key) {
      const item = await read(key);
      return item && entryOf(key, item);
    },
  };
}

function entryOf(key: string, item: Item): Entry {
  const number = <Name extends string>(name: Name) => {
    const value = item[name]?.N;
    return (value === undefined ? {} : { [name]: Number(value) }) as { [name in Name]?: number };
  };
  const text = <Name extends string>(name: Name) => {
    const value = item[name]?.S;
    return (value === undefined ? {} : { [name]: value }) as { [name in Name]?: string };
  };
  const code = item["failedCode"]?.S;
  return {
    key,
    generation: Number(item["generation"]?.N),
    ...asRead(item["generation"]),
    ...text("sealed"),
    ...text("handedOver"),
    ...number("issued"),
    ...number("dueAt"),
    ...number("claimedUntil"),
    ...number("claimMs"),
    ...(code !== undefined && {
      failure: { code: code as ErrorCode, until: Number(item["failedUntil"]?.N) },
    }),
  };
}
