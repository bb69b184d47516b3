import { type Attribute, attributesOf } from "./attribute.ts";
import type { Meanings } from "./operand.ts";
import { Refused } from "./refused.ts";
import { tokensOf } from "./tokens.ts";

/** A parsed expression, with the `#` and `:` aliases that stand in it. */
export interface Expression<Meaning> {
  aliases: readonly string[];
  meaning: Meaning;
}

const mostKept = 1_000;

/** Parses each text once: a fleet sends the same few texts thousands of times a second. */
export function expressionReader<Meaning>(
  read: (tokens: readonly string[]) => Meaning,
): (text: unknown) => Expression<Meaning> {
  const kept = new Map<string, Expression<Meaning>>();
  return (text) => {
    if (typeof text !== "string") throw new Refused("An expression is a text.");
    const known = kept.get(text);
    if (known !== undefined) return known;
    const tokens = tokensOf(text);
    const expression = { aliases: tokens.filter((token) => /^[#:]/.test(token)), meaning: read(tokens) };
    if (kept.size >= mostKept) kept.clear();
    kept.set(text, expression);
    return expression;
  };
}

interface Aliased {
  ExpressionAttributeNames?: Readonly<Record<string, string>>;
  ExpressionAttributeValues?: Readonly<Record<string, unknown>>;
}

/** The meanings of an input's aliases. Throws `Refused` for an alias that is not defined, or that nothing uses. */
export function meaningsOf(input: Aliased, expressions: readonly Expression<unknown>[]): Meanings {
  const names = new Map(Object.entries(input.ExpressionAttributeNames ?? {}));
  const values = new Map<string, Attribute>(
    Object.entries(attributesOf(input.ExpressionAttributeValues ?? {})),
  );
  if (names.size === 0 && input.ExpressionAttributeNames) throw new Refused("Names must not be empty.");
  if (values.size === 0 && input.ExpressionAttributeValues) throw new Refused("Values must not be empty.");
  const used = new Set(expressions.flatMap(({ aliases }) => aliases));
  for (const alias of used) {
    if (!(alias.startsWith("#") ? names : values).has(alias)) throw new Refused(`${alias} is not defined.`);
  }
  if (names.size + values.size !== used.size) throw new Refused("A name or a value is not used.");
  return {
    nameOf: (token) => names.get(token) ?? token,
    valueOf: (token) => values.get(token) as Attribute,
  };
}
