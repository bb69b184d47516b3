import type { ClaimTable, Entry } from "../vending/ports.ts";
import type { JsonCall } from "./call.ts";
import { createTableWrite, isNewest, number, seconds, text, type Value } from "./table-write.ts";

/** A generation is the time of an entry's first claim, and some more. One that lies further ahead was planted. */
const mostAheadMs = 86_400_000;
/** A row that never gets a result outlives its claim by this, since the claim may be handed over. */
const restMs = 60_000;

/** The attributes of a claim that stands. */
const claim = "#claimedUntil, #claimMs, #handedOver";

/**
 * Claims and results in the cache's table: what an issue writes.
 *
 * @example const generation = await createClaimTable(dynamodb, "keyvend-prod").claim(key, undefined, now, 1_000)
 */
export function createClaimTable(call: JsonCall, tableName: string): ClaimTable {
  const write = createTableWrite(call, tableName);
  return {
    async claim(key, seen, now, claimMs) {
      const { condition, values, before } = seenAs(seen, now);
      const generation = before + 1;
      const won = await write({
        key,
        condition,
        values: {
          ...values,
          ":generation": number(generation),
          ":until": number(now + claimMs),
          ":claimMs": number(claimMs),
          ":ttl": seconds(now + claimMs + restMs),
        },
        // An entry that never gets a result expires soon. An entry that has a result keeps its time to live.
        update:
          "SET #generation = :generation, #claimedUntil = :until, #claimMs = :claimMs, #ttl = if_not_exists(#ttl, :ttl) REMOVE #handedOver, #failedCode, #failedUntil",
      });
      return won ? generation : undefined;
    },

    handOver: ({ key, generation, warrant, now, claimMs }) =>
      write({
        key,
        condition: isNewest,
        values: {
          ":generation": number(generation),
          ":warrant": text(warrant),
          ":until": number(now + claimMs),
          ":claimMs": number(claimMs),
        },
        update: "SET #handedOver = :warrant, #claimedUntil = :until, #claimMs = :claimMs",
      }),

    keep: ({ key, generation, sealed, expiration }) =>
      write({
        key,
        condition: isNewest,
        values: { ":generation": number(generation), ":sealed": text(sealed), ":ttl": seconds(expiration) },
        update: `SET #sealed = :sealed, #issued = :generation, #ttl = :ttl REMOVE ${claim}, #dueShard, #dueAt`,
      }),

    async release(key, generation, failure) {
      const claimed = { ":generation": number(generation) };
      await write({
        key,
        condition: isNewest,
        ...(failure === undefined
          ? { values: claimed, update: `REMOVE ${claim}` }
          : {
              values: { ...claimed, ":code": text(failure.code), ":until": number(failure.until) },
              update: `SET #failedCode = :code, #failedUntil = :until REMOVE ${claim}`,
            }),
      });
    },
  };
}

/** What a claim expects to find, and the generation that it follows. */
function seenAs(seen: Entry | undefined, now: number) {
  // The first generation is the time, so that an entry which was deleted and made anew never repeats a generation.
  if (seen === undefined) return { condition: "attribute_not_exists(#key)", values: {}, before: now };
  const { generation, asRead } = seen;
  // A planted one says nothing, and the row begins anew.
  const isOurs = Number.isInteger(generation) && generation > 0 && generation <= now + mostAheadMs;
  const before = isOurs ? generation : now;
  if (Number.isNaN(generation) && asRead === undefined)
    return { condition: "attribute_exists(#key) AND attribute_not_exists(#generation)", values: {}, before };
  return {
    condition: "#generation = :seen",
    values: { ":seen": (asRead ?? number(generation)) as Value },
    before,
  };
}
