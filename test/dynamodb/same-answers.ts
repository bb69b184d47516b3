import fc from "fast-check";
import { expect } from "vitest";
import type { JsonCall } from "../../shared/aws/call.ts";
import { CallFailed } from "../../shared/aws/call-failed.ts";
import { type AdapterStep, adapterStep, steppedTables, takeSteps } from "./adapter-steps.ts";
import type { Attributes } from "./attribute.ts";
import { faulty, firstPuts, keys, operation, type TableOperation } from "./operations.ts";
import { createSimulatedDynamodb } from "./simulated-dynamodb.ts";

/** Another DynamoDB, with a table of this name. */
export interface Other {
  call: JsonCall;
  tableName: string;
}

/**
 * Demands that the simulation answers as another DynamoDB does, to the same random sequences of actions: every output,
 * and the type of every error. All faulty operations are among them.
 */
export async function expectSameAnswers(other: Other, options: { numRuns: number }): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      firstPuts,
      fc.array(operation, { maxLength: 40, size: "max" }),
      async (puts, operations) => {
        const both = await compared(other);
        for (const { action, input } of [...puts, ...operations, ...readAll]) {
          await both(action, onTable(other.tableName, action, input)).catch((error: unknown) => {
            if (!(error instanceof CallFailed)) throw error;
          });
        }
      },
    ),
    { ...options, examples: [[[], faulty]] },
  );
}

/** Demands the same for the calls of keyvend's own adapters, and for what the adapters do with the answers. */
export async function expectSameForAdapters(other: Other, options: { numRuns: number }): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(adapterStep(keys), { maxLength: 40 }), async (steps: AdapterStep[]) => {
      await takeSteps(steppedTables(await compared(other), other.tableName), steps);
    }),
    options,
  );
}

/** The input with the table that it is for, where the action has it. */
function onTable(tableName: string, action: string, input: TableOperation["input"]): object {
  return action === "BatchGetItem"
    ? { RequestItems: { [tableName]: input } }
    : { ...input, TableName: tableName };
}

const readAll: TableOperation[] = keys.map((S) => ({ action: "GetItem", input: { Key: { key: { S } } } }));

/** A call that asks both, and demands that they answer alike; both have an empty table at first. */
async function compared({ call: other, tableName: TableName }: Other): Promise<JsonCall> {
  const { call: simulated } = createSimulatedDynamodb(TableName);
  const { Items: left } = await other<{ Items: Attributes[] }>("Scan", { TableName });
  for (const { key } of left) await other("DeleteItem", { TableName, Key: { key } });
  return async <Output>(action: string, input: object) => {
    const [ours, theirs] = [await outcomeOf(simulated, action, input), await outcomeOf(other, action, input)];
    expect({ action, input, ...ours }).toEqual({ action, input, ...theirs });
    if ("error" in ours) throw new CallFailed(action, ours.error, ours.status);
    return ours.output as Output;
  };
}

type ActionOutcome = { output: Record<string, unknown> } | { error: string; status: number | undefined };

async function outcomeOf(call: JsonCall, action: string, input: object): Promise<ActionOutcome> {
  try {
    const output =
      action === "Query" ? await queryAll(call, input) : { ...(await call<object>(action, input)) };
    return { output: withoutManners(inOrder(output)) };
  } catch (error) {
    if (error instanceof CallFailed) return { error: error.type, status: error.status };
    throw error;
  }
}

/**
 * An output without differences of form alone: dynalite returns an empty `Attributes` when nothing is left, DynamoDB Local
 * does when there was nothing to delete, and it writes 1.5 + 1.5 as 3.0.
 */
function withoutManners({ ConsumedCapacity: _, Attributes, ...output }: Record<string, unknown>) {
  const content = Object.keys(Attributes ?? {}).length === 0 ? output : { Attributes, ...output };
  const short = (name: string, value: unknown) =>
    name === "N" ? String(value).replace(/\.(\d*?)0+$/, (_, digits) => digits && `.${digits}`) : value;
  return JSON.parse(JSON.stringify(content), short);
}

/** DynamoDB promises no order for the rows of a batch. */
function inOrder({ Responses, ...output }: { Responses?: Record<string, Attributes[]> }) {
  const rows = Object.entries(Responses ?? {}).map(([name, all]) => [name, byKey(all)]);
  return { ...output, ...(Responses && { Responses: Object.fromEntries(rows) }) };
}

const byKey = (items: Attributes[]) =>
  items.toSorted((one, other) => textOf(one).localeCompare(textOf(other)));

/** All pages. DynamoDB promises no order for two rows that are due at the same time, so pages may differ in their rows. */
async function queryAll(call: JsonCall, input: object): Promise<Record<string, unknown>> {
  const items: Attributes[] = [];
  let after: object = {};
  for (;;) {
    const page = await call<{ Items: Attributes[]; LastEvaluatedKey?: object }>("Query", {
      ...input,
      ...after,
    });
    items.push(...page.Items);
    if (page.LastEvaluatedKey === undefined) break;
    after = { ExclusiveStartKey: page.LastEvaluatedKey };
  }
  const inOrder = items.map((item) => item["dueAt"]);
  return { inOrder, Items: byKey(items) };
}

function textOf({ key }: Attributes): string {
  return key && "S" in key ? key.S : "";
}
