import type { CounterTable } from "../vending/ports.ts";
import type { JsonCall } from "./call.ts";
import { createTableWrite, number, seconds } from "./table-write.ts";

/**
 * Counters in keyvend's table, each a row of its own. One write counts and keeps the limit, so that callers that count together
 * stay within it together.
 *
 * @example await createCounterTable(dynamodb, "keyvend-prod").count("misses:storage:lake:2970000", 600, end)
 */
export function createCounterTable(call: JsonCall, tableName: string): CounterTable {
  const write = createTableWrite(call, tableName);
  return {
    // A call that is sent twice may count twice: the limit is reached earlier, and never later.
    count: (counter, most, until) =>
      write({
        key: counter,
        condition: "attribute_not_exists(#count) OR #count < :most",
        values: {
          ":one": number(1),
          ":none": number(0),
          ":most": number(most),
          ":ttl": seconds(until),
        },
        update: "SET #count = if_not_exists(#count, :none) + :one, #ttl = :ttl",
      }),
  };
}
