import type { JsonCall } from "./call.ts";
import { CallFailed } from "./call-failed.ts";
import { type Item, text } from "./table-write.ts";

interface Keyed {
  key: { S: string };
}

interface Answer {
  Responses?: Record<string, (Item & Keyed)[]>;
  /** Of these DynamoDB says nothing, for want of capacity or of room. */
  UnprocessedKeys?: Record<string, { Keys: Keyed[] }>;
}

/** What a task reads while it begins: the rows' keys, and what came of them. */
interface Joint {
  keys: Set<string>;
  answered: PromiseWithResolvers<{ rows: ReadonlyMap<string, Item>; left: ReadonlySet<string> }>;
}

export interface JointReads {
  /** The same calls, of which reads may be joined. */
  call: JsonCall;
  /**
   * Makes one `BatchGetItem` of all rows that a task asks for before it first waits, 100 at most. A row that does not come with it
   * is read by itself. If there is no answer, each of the reads throws its fault.
   */
  together<Result>(task: () => Promise<Result>): Promise<Result>;
}

/**
 * Joins reads of keyvend's table, which spares a cold start the way to DynamoDB and back for all of them but one.
 *
 * @example
 * const { call, together } = createJointReads(dynamodb, "keyvend-prod");
 * await together(() => Promise.all([call("GetItem", one), call("GetItem", other)]));
 */
export function createJointReads(call: JsonCall, tableName: string): JointReads {
  let beginning: Joint | undefined;

  async function readRows(keys: ReadonlySet<string>) {
    const Keys = Array.from(keys, (key) => ({ key: text(key) }));
    const { Responses, UnprocessedKeys } = await call<Answer>("BatchGetItem", {
      RequestItems: { [tableName]: { Keys, ConsistentRead: true } },
    });
    const rows = Responses?.[tableName];
    // What is no answer must not look like one that there are no rows.
    if (!Array.isArray(rows)) throw new CallFailed("BatchGetItem", "no rows");
    return {
      rows: new Map(rows.map((row) => [row.key.S, row])),
      left: new Set(UnprocessedKeys?.[tableName]?.Keys.map(({ key }) => key.S)),
    };
  }

  return {
    async call<Output>(action: string, input: object) {
      const joint = beginning;
      if (joint === undefined || action !== "GetItem") return call<Output>(action, input);
      const { S: key } = (input as { Key: Keyed }).Key.key;
      joint.keys.add(key);
      const { rows, left } = await joint.answered.promise;
      return left.has(key) ? call<Output>(action, input) : ({ Item: rows.get(key) } as Output);
    },

    together(task) {
      const joint: Joint = { keys: new Set(), answered: Promise.withResolvers() };
      beginning = joint;
      try {
        return task();
      } finally {
        beginning = undefined;
        if (joint.keys.size > 0) joint.answered.resolve(readRows(joint.keys));
      }
    },
  };
}
