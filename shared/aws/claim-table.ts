import type { ClaimTable } from "../vending/ports.ts";
import type { JsonCall } from "./call.ts";
import { createTableWrite, mine, number, seconds, text } from "./table-write.ts";

/**
 * The cache's table as whoever issues needs it.
 *
 * @example const generation = await createClaimTable(dynamodb, "keyvend-prod").claim(key, undefined, now, now + 1_500)
 */
export function createClaimTable(call: JsonCall, tableName: string): ClaimTable {
  const write = createTableWrite(call, tableName);
  return {
    async claim(key, seen, now, until) {
      // The first generation is the time, so that an entry which was deleted and made anew never repeats one.
      const generation = (seen?.generation ?? now) + 1;
      const claimed = { ":generation": number(generation), ":until": number(until), ":ttl": seconds(until) };
      const free =
        seen === undefined
          ? { condition: "attribute_not_exists(#key)", values: claimed }
          : {
              condition:
                "#generation = :seen AND (attribute_not_exists(#claimedUntil) OR #claimedUntil <= :now)",
              values: { ...claimed, ":seen": number(seen.generation), ":now": number(now) },
            };
      const won = await write({
        key,
        ...free,
        // An entry that never gets a result goes with its claim; one that has a result keeps its own time to live.
        update: "SET #generation = :generation, #claimedUntil = :until, #ttl = if_not_exists(#ttl, :ttl)",
      });
      return won ? generation : undefined;
    },

    keep: ({ key, generation, sealed, expiration }) =>
      write({
        key,
        condition: mine,
        values: { ":generation": number(generation), ":sealed": text(sealed), ":ttl": seconds(expiration) },
        update: "SET #sealed = :sealed, #ttl = :ttl REMOVE #claimedUntil, #dueShard, #dueAt",
      }),

    async release(key, generation) {
      await write({
        key,
        condition: mine,
        values: { ":generation": number(generation) },
        update: "REMOVE #claimedUntil",
      });
    },
  };
}
