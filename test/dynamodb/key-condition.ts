import { comparisonOf } from "./condition.ts";
import { readName } from "./operand.ts";
import { Refused } from "./refused.ts";
import { readTokens, type Tokens } from "./tokens.ts";

/** One side of a KeyConditionExpression: the tokens of its name and value, and how they are to compare. */
interface KeyComparison {
  name: string;
  value: string;
  holds(order: number): boolean;
}

interface KeyCondition {
  hash: KeyComparison;
  range: KeyComparison | undefined;
}

/** Reads a KeyConditionExpression: hash first, then range. Throws `Refused`. */
export function keyConditionOf(all: readonly string[]): KeyCondition {
  const tokens = readTokens(all);
  const hash = readComparison(tokens, ["="]);
  const range = tokens.skip("AND") ? readComparison(tokens, ["=", "<", "<=", ">", ">="]) : undefined;
  if (tokens.peek() !== undefined) throw new Refused(`Not expected here: ${tokens.peek()}`);
  return { hash, range };
}

function readComparison(tokens: Tokens, comparisons: readonly string[]): KeyComparison {
  const name = readName(tokens);
  const comparison = tokens.take();
  if (!comparisons.includes(comparison)) throw new Refused(`${comparison} compares no such key.`);
  const value = tokens.take();
  if (!value.startsWith(":")) throw new Refused(`${value} is no value.`);
  return { name, value, holds: comparisonOf(comparison) };
}
