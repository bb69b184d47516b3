import { type Attribute, type Attributes, sumOf } from "./attribute.ts";
import { Refused } from "./refused.ts";
import type { Tokens } from "./tokens.ts";

/** The meanings of one input's aliases. */
export interface Meanings {
  nameOf(token: string): string;
  valueOf(token: string): Attribute;
}

/** The value of an operand in an item; `undefined` for an attribute that the item lacks. */
type Operand = (item: Attributes, meanings: Meanings) => Attribute | undefined;

/** The token of a name, plain or behind `#`. */
export function readName(tokens: Tokens): string {
  const token = tokens.take();
  if (token.startsWith("#")) return token;
  // DynamoDB has 573 reserved words. None of those that keyvend could use is in camel case.
  if (/^[a-z]+[A-Z]\w*$/.test(token)) return token;
  throw new Refused(`${token} is no name, or may be a reserved word: put it behind #.`);
}

/** A name or a `:value`. */
export function readOperand(tokens: Tokens): Operand {
  if (tokens.peek()?.startsWith(":")) {
    const value = tokens.take();
    return (_, meanings) => meanings.valueOf(value);
  }
  const name = readName(tokens);
  return (item, meanings) => item[meanings.nameOf(name)];
}

/** The right side of SET: an operand, an `if_not_exists`, or two of them with `+` or `-` between. */
export function readSum(tokens: Tokens): (item: Attributes, meanings: Meanings) => Attribute {
  const one = readSummand(tokens);
  const sign = tokens.skip("+") ? 1n : tokens.skip("-") ? -1n : undefined;
  const other = sign && readSummand(tokens);
  return (item, meanings) => {
    const value = present(one(item, meanings));
    return sign && other ? sumOf(value, sign, present(other(item, meanings))) : value;
  };
}

function readSummand(tokens: Tokens): Operand {
  if (tokens.peek() !== "if_not_exists") return readOperand(tokens);
  tokens.take();
  tokens.expect("(");
  const name = readName(tokens);
  tokens.expect(",");
  if (tokens.peek() === name) throw new Refused(`${name} stands in for itself.`);
  const otherwise = readSummand(tokens);
  tokens.expect(")");
  return (item, meanings) => {
    // It must be there even where it is not needed: DynamoDB Local, the strictest, demands that.
    const substitute = present(otherwise(item, meanings));
    return item[meanings.nameOf(name)] ?? substitute;
  };
}

function present(value: Attribute | undefined): Attribute {
  if (value === undefined)
    throw new Refused("The expression refers to an attribute that is not in the item.");
  return value;
}
