import { type Attribute, type Attributes, attributesOf } from "./attribute.ts";
import { conditionOf } from "./condition.ts";
import { type Expression, expressionReader, meaningsOf } from "./expression.ts";
import { type QueryInput, query } from "./query.ts";
import { Refused } from "./refused.ts";
import type { Rows } from "./rows.ts";
import { updateOf } from "./update.ts";

interface Input extends QueryInput {
  Key?: object;
  Keys?: object[];
  Item?: object;
  ConditionExpression?: string;
  UpdateExpression?: string;
  ReturnValues?: string;
}

interface Action {
  /** The members of the input. Any other member is refused. */
  members: readonly string[];
  perform(rows: Rows, input: Input): object;
}

const aliases = ["ExpressionAttributeNames", "ExpressionAttributeValues"];
const condition = ["ConditionExpression", ...aliases];

const actions: Readonly<Record<string, Action>> = {
  GetItem: { members: ["Key", "ConsistentRead"], perform: getItem },
  BatchGetItem: { members: ["Keys", "ConsistentRead"], perform: batchGetItem },
  PutItem: { members: ["Item", ...condition], perform: putItem },
  UpdateItem: { members: ["Key", "UpdateExpression", "ReturnValues", ...condition], perform: updateItem },
  DeleteItem: { members: ["Key", ...condition], perform: deleteItem },
  Query: {
    members: ["IndexName", "KeyConditionExpression", "ExclusiveStartKey", "Limit", ...aliases],
    perform: query,
  },
};

/** Does one action at once, either whole or not at all. Throws `Refused`. */
export function perform(rows: Rows, name: string, input: Input): object {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) throw new Refused(`${name} is not simulated.`, "UnknownOperationException");
  for (const [member, value] of Object.entries(input)) {
    if (value !== undefined && !action.members.includes(member)) {
      throw new Refused(`${member} of ${name} is not simulated.`);
    }
  }
  return action.perform(rows, input);
}

function getItem(rows: Rows, input: Input): object {
  const Item = rows.get(keyOf(rows, input));
  return Item ? { Item } : {};
}

const mostKeys = 100;

function batchGetItem(rows: Rows, { Keys = [] }: Input): object {
  const keys = Keys.map((Key) => keyOf(rows, { Key }));
  const isDistinct = new Set(keys.map((key) => JSON.stringify(key))).size === keys.length;
  if (!isDistinct || keys.length < 1 || keys.length > mostKeys)
    throw new Refused("A batch has 1 to 100 keys, each once.");
  return { Items: keys.map(rows.get).filter((row) => row !== undefined) };
}

function putItem(rows: Rows, input: Input): object {
  const item = attributesOf(input.Item);
  rows.check(item);
  readAliased(input).checkCondition(rows.get(item));
  rows.put(item);
  return {};
}

function deleteItem(rows: Rows, input: Input): object {
  const key = keyOf(rows, input);
  readAliased(input).checkCondition(rows.get(key));
  rows.delete(key);
  return {};
}

const returnValues = ["NONE", "ALL_NEW", "UPDATED_NEW"];

function updateItem(rows: Rows, input: Input): object {
  const { UpdateExpression, ReturnValues = "NONE" } = input;
  const key = keyOf(rows, input);
  const update = UpdateExpression === undefined ? undefined : readUpdate(UpdateExpression);
  const { meanings, checkCondition } = readAliased(input, update);
  const assignments = new Map(
    update?.meaning.map(({ name, value }) => [meanings.nameOf(name), value] as const),
  );
  if (assignments.size !== (update?.meaning.length ?? 0)) throw new Refused("Two paths overlap.");
  if (assignments.has(rows.keyName)) throw new Refused(`${rows.keyName} is part of the key.`);
  if (!returnValues.includes(ReturnValues)) throw new Refused(`${ReturnValues} is not simulated.`);

  const old = rows.get(key);
  checkCondition(old);
  const item: Record<string, Attribute> = { ...(old ?? key) };
  for (const [name, value] of assignments) {
    if (value) item[name] = value(old ?? key, meanings);
    else delete item[name];
  }
  rows.check(item);
  rows.put(Object.freeze(item));

  const shown = Object.entries(item).filter(([name]) => ReturnValues === "ALL_NEW" || assignments.has(name));
  return ReturnValues === "NONE" || shown.length === 0 ? {} : { Attributes: Object.fromEntries(shown) };
}

const readCondition = expressionReader(conditionOf);
const readUpdate = expressionReader(updateOf);

/** The meanings of an input's aliases in its condition and another expression, and whether the condition holds. */
function readAliased(input: Input, ...others: (Expression<unknown> | undefined)[]) {
  const condition =
    input.ConditionExpression === undefined ? undefined : readCondition(input.ConditionExpression);
  const meanings = meaningsOf(
    input,
    [condition, ...others].filter((expression) => expression !== undefined),
  );
  return {
    meanings,
    checkCondition(row: Attributes = {}) {
      if (condition === undefined || condition.meaning(row, meanings)) return;
      throw new Refused("The conditional request failed.", "ConditionalCheckFailedException");
    },
  };
}

function keyOf(rows: Rows, { Key }: Input): Attributes {
  const key = attributesOf(Key);
  rows.checkKey(key, [rows.keyName]);
  return key;
}
