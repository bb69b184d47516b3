import type { RateTable } from "../vending/ports.ts";
import type { JsonCall } from "./call.ts";
import { CallFailed } from "./call-failed.ts";
import { unreachable } from "./table-fault.ts";
import { number, seconds, text, type Value } from "./table-write.ts";

/** It is no entry's key: those consist of 64 hexadecimal digits. */
const key = "sts-budget";
/** A row that nobody moves is forgotten, also one that was set far ahead by mistake. */
const ttlMs = 86_400_000;

/**
 * The row of the table by which all warmers share one rate. It holds the time of the next free slot, in microseconds. A
 * reservation moves it ahead by its own length, and nothing moves it back: nobody reads it first, and nobody has to try
 * again because others reserve too.
 *
 * @example const first = await createRateTable(dynamodb, "keyvend-prod").reserve(10, 25, now, now + 1_000)
 */
export function createRateTable(call: JsonCall, tableName: string): RateTable {
  async function move(
    UpdateExpression: string,
    ConditionExpression: string,
    values: Record<string, Value>,
  ): Promise<number | undefined> {
    try {
      const { Attributes } = await call<{ Attributes: { nextSlot: { N: string } } }>("UpdateItem", {
        TableName: tableName,
        Key: { key: text(key) },
        UpdateExpression,
        ConditionExpression,
        ExpressionAttributeNames: {
          "#nextSlot": "nextSlot",
          ...(UpdateExpression.includes("#ttl") && { "#ttl": "ttl" }),
        },
        ExpressionAttributeValues: values,
        ReturnValues: "UPDATED_NEW",
      });
      return Number(Attributes.nextSlot.N);
    } catch (error) {
      if (error instanceof CallFailed && error.type === "ConditionalCheckFailedException") return undefined;
      throw unreachable(error);
    }
  }

  return {
    async reserve(slotMs, slots, now, until) {
      if (now >= until) return undefined;
      const length = Math.ceil(slotMs * slots * 1_000);
      const from = Math.ceil(now * 1_000);
      // A call that is sent twice may reserve twice. That loses slots, but never gives one slot to two callers.
      const join = () =>
        move("SET #nextSlot = #nextSlot + :length", "#nextSlot >= :from AND #nextSlot < :until", {
          ":length": number(length),
          ":from": number(from),
          ":until": number(Math.ceil(until * 1_000)),
        });
      // Nobody has reserved lately. The slots of the time that has passed are lost.
      const restart = () =>
        move("SET #nextSlot = :end, #ttl = :ttl", "attribute_not_exists(#nextSlot) OR #nextSlot < :from", {
          ":end": number(from + length),
          ":from": number(from),
          ":ttl": seconds(now + ttlMs),
        });
      // If neither holds, the row is ahead: another caller restarted it between the two, or it is too far ahead.
      const end = (await join()) ?? (await restart()) ?? (await join());
      return end === undefined ? undefined : (end - length) / 1_000;
    },
  };
}
