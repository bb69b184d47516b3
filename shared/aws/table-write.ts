import type { JsonCall } from "./call.ts";
import { CallFailed } from "./call-failed.ts";
import { unreachable } from "./table-fault.ts";

/** A number or a string as DynamoDB writes it. */
export type Value = { S: string } | { N: string };
export type Item = Record<string, { S?: string; N?: string }>;

export const text = (value: string): Value => ({ S: value });
export const number = (value: number): Value => ({ N: String(value) });
/** DynamoDB's time to live is in seconds. It only tidies up: whether an entry is still good is checked in code. */
export const seconds = (milliseconds: number): Value => number(Math.ceil(milliseconds / 1_000));

/** The condition of whoever claimed a generation: it is still the newest. */
export const mine = "#generation = :generation";

interface Write {
  key: string;
  condition: string;
  values: Record<string, Value>;
  /** Absent: the item is deleted. */
  update?: string;
}

/** Writes an entry if a condition holds; false when it does not, since somebody else was faster. */
export type TableWrite = (write: Write) => Promise<boolean>;

/**
 * Writes to the table's entries. Names in expressions stand behind `#`: some are DynamoDB's reserved words.
 *
 * @example await write({ key, condition: mine, values: { ":generation": number(7) }, update: "REMOVE #claimedUntil" })
 */
export function createTableWrite(call: JsonCall, tableName: string): TableWrite {
  return async ({ key, condition, values, update }) => {
    try {
      await call(update === undefined ? "DeleteItem" : "UpdateItem", {
        TableName: tableName,
        Key: { key: text(key) },
        ConditionExpression: condition,
        ExpressionAttributeNames: aliases(`${condition} ${update ?? ""}`),
        ExpressionAttributeValues: values,
        ...(update !== undefined && { UpdateExpression: update }),
      });
      return true;
    } catch (error) {
      if (error instanceof CallFailed && error.type === "ConditionalCheckFailedException") return false;
      throw unreachable(error);
    }
  };
}

function aliases(expression: string): Record<string, string> {
  return Object.fromEntries(
    Array.from(expression.matchAll(/#(\w+)/g), ([alias, name = ""]) => [alias, name]),
  );
}
