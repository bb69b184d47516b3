import type { JsonCall } from "./call.ts";
import { CallFailed } from "./call-failed.ts";
import { unreachable } from "./table-fault.ts";

/** A number or a string, as DynamoDB writes it. */
export type Value = { S: string } | { N: string };
export type Item = Record<string, { S?: string; N?: string }>;

export const text = (value: string): Value => ({ S: value });
export const number = (value: number): Value => ({ N: String(value) });
/** DynamoDB's time to live is in seconds. It only tidies up: code checks whether an entry is still good. */
export const seconds = (milliseconds: number): Value => number(Math.ceil(milliseconds / 1_000));

/**
 * What the table compares with an attribute that was read, where a number would lose some of it: the table keeps 38 digits,
 * and whatever type somebody else may have written.
 */
export function asRead(value: Item[string] | undefined): { asRead?: unknown } {
  return value === undefined || String(Number(value.N)) === value.N ? {} : { asRead: value };
}

/** The condition of every write for a generation: no newer one has been claimed. */
export const isNewest = "#generation = :generation";

interface Write {
  key: string;
  condition: string;
  values: Record<string, Value>;
  /** Without it the item is deleted. */
  update?: string;
}

/** Writes an entry if the condition holds. It returns false if the condition does not: another writer was faster. */
type TableWrite = (write: Write) => Promise<boolean>;

/**
 * Writes to the table's entries. Names in expressions begin with `#`, because some of them are reserved words of DynamoDB.
 *
 * @example await write({ key, condition: isNewest, values: { ":generation": number(7) }, update: "REMOVE #claimedUntil" })
 */
export function createTableWrite(call: JsonCall, tableName: string): TableWrite {
  return async function write({ key, condition, values, update }) {
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
