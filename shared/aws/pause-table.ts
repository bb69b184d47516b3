import type { PauseTable } from "../vending/ports.ts";
import type { JsonCall } from "./call.ts";
import { createTableRead } from "./table-read.ts";
import { asRead, createTableWrite, number, seconds, text, type Value } from "./table-write.ts";

/** It is no entry's key: those consist of 64 hexadecimal digits. */
const keyOf = (storage: string) => `backoff:${storage}`;
/** A row of a storage that nobody asks for is forgotten. */
const ttlMs = 600_000;

/**
 * The rows of the table by which all instances leave a storage alone for a while. Each write replaces what its writer has seen,
 * so that of several writers that have seen the same only one is successful.
 *
 * @example const pause = await createPauseTable(dynamodb, "keyvend-prod").pauseOf("lake")
 */
export function createPauseTable(call: JsonCall, tableName: string): PauseTable {
  const read = createTableRead(call, tableName);
  const write = createTableWrite(call, tableName);
  return {
    async pauseOf(storage) {
      const item = await read(keyOf(storage));
      const until = item?.["until"];
      if (item === undefined || until === undefined) return undefined;
      return {
        code: item["failedCode"]?.S === "throttled" ? "throttled" : "unavailable",
        until: Number(until.N),
        ...asRead(until),
        pauseMs: Number(item["pauseMs"]?.N) || 0,
      };
    },

    setPause: (storage, seen, next) =>
      write({
        key: keyOf(storage),
        condition: seen === undefined ? "attribute_not_exists(#until)" : "#until = :seen",
        values: {
          ...(seen && { ":seen": (seen.asRead ?? number(seen.until)) as Value }),
          ...(next && {
            ":code": text(next.code),
            ":until": number(next.until),
            ":pauseMs": number(next.pauseMs),
            ":ttl": seconds(next.until + ttlMs),
          }),
        },
        // What is over is emptied, and not deleted: the functions that vend have no right to delete.
        update: next
          ? "SET #failedCode = :code, #until = :until, #pauseMs = :pauseMs, #ttl = :ttl"
          : "REMOVE #failedCode, #until, #pauseMs",
      }),
  };
}
