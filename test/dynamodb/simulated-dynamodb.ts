import type { JsonCall } from "../../shared/aws/call.ts";
import { CallFailed } from "../../shared/aws/call-failed.ts";
import { perform } from "./actions.ts";
import type { Attributes } from "./attribute.ts";
import { Refused } from "./refused.ts";
import { createRows } from "./rows.ts";

/** Faults before and after an action. Each may wait, or throw the error that the caller gets instead of its answer. */
interface Faults {
  /** Runs before the action takes effect. If this throws, the action has no effect. */
  before?: ((action: string, input: object) => unknown) | undefined;
  /** Runs after the action took effect or was refused. If this throws, only the answer is lost. */
  after?: ((action: string, input: object) => unknown) | undefined;
}

export interface SimulatedDynamodb {
  /** Throws `CallFailed` as the wire does; its `cause` says what is wrong with the input. */
  call: JsonCall;
  /** Tests set and clear these at any time. */
  faults: Faults;
  /** All items in the table. */
  items(): Attributes[];
}

/**
 * DynamoDB in memory, as far as keyvend uses it: one table, texts and numbers, actions on single items and the index,
 * every one atomic. It refuses what it does not know, so that it never ignores a condition.
 *
 * @example
 * const { call, faults } = createSimulatedDynamodb("keyvend-test");
 * faults.before = (action) => { throw throttled(action) };
 */
export function createSimulatedDynamodb(tableName: string): SimulatedDynamodb {
  const rows = createRows();
  const faults: Faults = {};
  return {
    faults,
    items: () => rows.all(),
    async call<Output>(action: string, input: object) {
      if (faults.before) await faults.before(action, input);
      try {
        const { TableName, ...rest } = ofOneTable(input);
        if (TableName !== tableName) throw new Refused("No such table.", "ResourceNotFoundException");
        const output = perform(rows, action, rest);
        return (action === "BatchGetItem" ? batchOf(TableName, output) : output) as Output;
      } catch (error) {
        throw error instanceof Refused ? failed(action, error) : error;
      } finally {
        if (faults.after) await faults.after(action, input);
      }
    },
  };
}

/** An action on several tables names each by a member of `RequestItems`. */
function ofOneTable(input: { TableName?: string; RequestItems?: Record<string, object> }) {
  const { RequestItems, ...rest } = input;
  if (RequestItems === undefined) return rest;
  const [[TableName, request] = [], ...others] = Object.entries(RequestItems);
  if (others.length > 0) throw new Refused("Several tables are not simulated.");
  return { ...rest, ...request, TableName };
}

/** The simulation answers whole. DynamoDB may leave keys out, and then names them. */
function batchOf(tableName: string, { Items }: { Items?: object[] }) {
  return { Responses: { [tableName]: Items }, UnprocessedKeys: {} };
}

/** DynamoDB's answer when there are more calls than it takes. */
export function throttled(action: string): CallFailed {
  return new CallFailed(action, "ProvisionedThroughputExceededException", 400);
}

function failed(action: string, refused: Refused): CallFailed {
  return Object.assign(new CallFailed(action, refused.type, 400), { cause: refused });
}
