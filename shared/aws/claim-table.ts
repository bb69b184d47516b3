import type { ClaimTable } from "../vending/ports.ts";
import type { JsonCall } from "./call.ts";
import { createTableWrite, isNewest, number, seconds, text } from "./table-write.ts";

/**
 * Claims and results in the cache's table: what an issue writes.
 *
 * @example const generation = await createClaimTable(dynamodb, "keyvend-prod").claim(key, undefined, now, now + 1_500)
 */
export function createClaimTable(call: JsonCall, tableName: string): ClaimTable {
  const write = createTableWrite(call, tableName);
  return {
    async claim(key, seen, now, until) {
      // The first generation is the time, so that an entry which was deleted and made anew never repeats a generation.
      const generation = (seen?.generation ?? now) + 1;
      const won = await write({
        key,
        condition: seen === undefined ? "attribute_not_exists(#key)" : "#generation = :seen",
        values: {
          ...(seen !== undefined && { ":seen": number(seen.generation) }),
          ":generation": number(generation),
          ":until": number(until),
          ":ttl": seconds(until),
        },
        // An entry that never gets a result expires with its claim. An entry that has a result keeps its time to live.
        update:
          "SET #generation = :generation, #claimedUntil = :until, #ttl = if_not_exists(#ttl, :ttl) REMOVE #failedCode, #failedUntil",
      });
      return won ? generation : undefined;
    },

    keep: ({ key, generation, sealed, expiration }) =>
      write({
        key,
        condition: isNewest,
        values: { ":generation": number(generation), ":sealed": text(sealed), ":ttl": seconds(expiration) },
        update: "SET #sealed = :sealed, #ttl = :ttl REMOVE #claimedUntil, #dueShard, #dueAt",
      }),

    async release(key, generation, failure) {
      const claimed = { ":generation": number(generation) };
      await write({
        key,
        condition: isNewest,
        ...(failure === undefined
          ? { values: claimed, update: "REMOVE #claimedUntil" }
          : {
              values: { ...claimed, ":code": text(failure.code), ":until": number(failure.until) },
              update: "SET #failedCode = :code, #failedUntil = :until REMOVE #claimedUntil",
            }),
      });
    },
  };
}
