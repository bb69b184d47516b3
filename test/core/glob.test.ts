import fc from "fast-check";
import { expect, test } from "vitest";
import { matchesGlob } from "../../shared/core/glob.ts";

test.each([
  ["repo:acme/*", "repo:acme/lake", true],
  ["repo:acme/*", "repo:acme/", true],
  ["repo:acme/*", "repo:acme", false],
  ["repo:acme/*", "my-repo:acme/lake", false],
  ["*@acme.example", "alice@acme.example", true],
  ["*@acme.example", "alice@acme.example.evil.example", false],
  ["alice", "alice", true],
  ["alice", "alice2", false],
  ["alice", "Alice", false],
  ["", "", true],
  ["", "alice", false],
  ["*", "", true],
  // One letter cannot be both the beginning and the end.
  ["a*a", "a", false],
  ["ab*ba", "aba", false],
  ["a*b*a", "aba", true],
  // Only the star is special.
  ["a.c", "abc", false],
  ["a?c", "abc", false],
  ["[ab]", "a", false],
  ["^a$", "a", false],
  ["*", "two\nlines", true],
  ["a*", "b\na", false],
])("%j against %j: %j", (pattern, text, matched) => {
  expect(matchesGlob(pattern, text)).toBe(matched);
});

/** The definition itself, in exponential time: a star takes nothing, or it takes one character and may go on. */
function naive(pattern: string, text: string): boolean {
  if (pattern === "") return text === "";
  if (pattern[0] === "*")
    return naive(pattern.slice(1), text) || (text !== "" && naive(pattern, text.slice(1)));
  return pattern[0] === text[0] && naive(pattern.slice(1), text.slice(1));
}

test("a match is what the definition says, for every small pattern and text", () => {
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 8 });
  const text = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 10 });
  fc.assert(
    fc.property(pattern, text, (p, t) => matchesGlob(p, t) === naive(p, t)),
    { numRuns: 5_000 },
  );
});

test("a pattern that provokes backtracking gets its answer all the same", () => {
  // Code that tries every place of every star would need longer for this than the universe has existed.
  const text = "a".repeat(8_192);
  expect(matchesGlob(`${"*a".repeat(256)}b`, text)).toBe(false);
  expect(matchesGlob(`${"a*".repeat(256)}b`, text)).toBe(false);
  expect(matchesGlob(`${"*a".repeat(256)}*`, text)).toBe(true);
});
