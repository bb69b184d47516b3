import type { Attribute, Attributes } from "./attribute.ts";
import { type Meanings, readName, readSum } from "./operand.ts";
import { Refused } from "./refused.ts";
import { readTokens, type Tokens } from "./tokens.ts";

/** The new value of one name; `undefined` removes it. */
interface Assignment {
  name: string;
  value: ((item: Attributes, meanings: Meanings) => Attribute) | undefined;
}

const clauses: Readonly<Record<string, (tokens: Tokens) => Assignment>> = {
  SET: readSet,
  REMOVE: (tokens) => ({ name: readName(tokens), value: undefined }),
};

/** Reads an UpdateExpression: SET and REMOVE, each once at most. Throws `Refused`. */
export function updateOf(all: readonly string[]): Assignment[] {
  const tokens = readTokens(all);
  const assignments: Assignment[] = [];
  const usedClauses = new Set<string>();
  while (tokens.peek() !== undefined) {
    const clause = tokens.take().toUpperCase();
    const read = Object.hasOwn(clauses, clause) ? clauses[clause] : undefined;
    if (read === undefined) throw new Refused(`${clause} is not simulated.`);
    if (usedClauses.has(clause)) throw new Refused(`${clause} can only be used once.`);
    usedClauses.add(clause);
    do assignments.push(read(tokens));
    while (tokens.skip(","));
  }
  return assignments;
}

function readSet(tokens: Tokens): Assignment {
  const name = readName(tokens);
  tokens.expect("=");
  return { name, value: readSum(tokens) };
}
