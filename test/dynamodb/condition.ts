import { type Attributes, orderOf } from "./attribute.ts";
import { type Meanings, readName, readOperand } from "./operand.ts";
import { Refused } from "./refused.ts";
import { readTokens, type Tokens } from "./tokens.ts";

type ItemCondition = (item: Attributes, meanings: Meanings) => boolean;

const comparisons: Readonly<Record<string, (order: number) => boolean>> = {
  "=": (order) => order === 0,
  "<>": (order) => order !== 0,
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

/** Whether an order of `orderOf` fits the comparison. Throws `Refused` for a token that is no comparison. */
export function comparisonOf(token: string): (order: number) => boolean {
  const comparison = Object.hasOwn(comparisons, token) ? comparisons[token] : undefined;
  if (comparison === undefined) throw new Refused(`${token} is no comparison that is simulated.`);
  return comparison;
}

/** Reads a ConditionExpression. Throws `Refused`. */
export function conditionOf(all: readonly string[]): ItemCondition {
  const tokens = readTokens(all);
  const condition = readAny(tokens);
  if (tokens.peek() !== undefined) throw new Refused(`Not expected here: ${tokens.peek()}`);
  return condition;
}

function readAny(tokens: Tokens): ItemCondition {
  const one = readAll(tokens);
  if (!tokens.skip("OR")) return one;
  const other = readAny(tokens);
  return (item, meanings) => one(item, meanings) || other(item, meanings);
}

function readAll(tokens: Tokens): ItemCondition {
  const one = readOne(tokens);
  if (!tokens.skip("AND")) return one;
  const other = readAll(tokens);
  return (item, meanings) => one(item, meanings) && other(item, meanings);
}

/** DynamoDB refuses parentheses around nothing but parentheses. */
const inParentheses = new WeakSet<ItemCondition>();

function readOne(tokens: Tokens): ItemCondition {
  if (tokens.skip("(")) {
    const inner = readAny(tokens);
    tokens.expect(")");
    if (inParentheses.has(inner)) throw new Refused("The expression has redundant parentheses.");
    inParentheses.add(inner);
    return inner;
  }
  const next = tokens.peek();
  if (next === "attribute_exists" || next === "attribute_not_exists") return readExistence(tokens);
  const one = readOperand(tokens);
  const holds = comparisonOf(tokens.take());
  if (tokens.peek() === next) throw new Refused(`${next} is compared with itself.`);
  const other = readOperand(tokens);
  return (item, meanings) => holds(orderOf(one(item, meanings), other(item, meanings)));
}

function readExistence(tokens: Tokens): ItemCondition {
  const isWanted = tokens.take() === "attribute_exists";
  tokens.expect("(");
  const name = readName(tokens);
  tokens.expect(")");
  return (item, meanings) => Object.hasOwn(item, meanings.nameOf(name)) === isWanted;
}
