import { Refused } from "./refused.ts";

/** Names, `#aliases` and `:values`, or signs. Nothing else is simulated: no paths into documents, no literals. */
const token = /\s*([#:]?\w+|<>|<=|>=|[=<>(),+-])\s*/y;

/** The tokens of an expression, to be read one after the other. */
export interface Tokens {
  peek(): string | undefined;
  /** Takes the next one. Throws `Refused` at the end. */
  take(): string;
  /** Takes the next one if it is this token. Keywords may be in any case. */
  skip(expected: string): boolean;
  /** Throws `Refused` if the next one is another. */
  expect(expected: string): void;
}

/** Throws `Refused`. */
export function tokensOf(text: string): string[] {
  const found: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const at = token.lastIndex;
    const next = token.exec(text)?.[1];
    if (next === undefined) throw new Refused(`Not simulated: ${text.slice(at)}`);
    found.push(next);
  }
  if (found.length === 0) throw new Refused("The expression can not be empty.");
  return found;
}

export function readTokens(all: readonly string[]): Tokens {
  let at = 0;
  const skip = (expected: string) => {
    if (all[at]?.toUpperCase() !== expected.toUpperCase()) return false;
    at++;
    return true;
  };
  return {
    peek: () => all[at],
    skip,
    take() {
      const next = all[at++];
      if (next === undefined) throw new Refused("The expression ends too early.");
      return next;
    },
    expect(expected) {
      if (!skip(expected)) throw new Refused(`${expected} expected instead of ${all[at] ?? "the end"}.`);
    },
  };
}
