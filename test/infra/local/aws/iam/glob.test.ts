import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyOne, anyRun, type GlobToken, matchesGlob } from "../../../../../infra/local/aws/iam/glob.ts";

/** The definition of a glob, as it is said and as slow as that is. */
function matchesByDefinition(glob: readonly GlobToken[], text: string): boolean {
  const [token, ...rest] = glob;
  if (token === undefined) return text === "";
  if (token === anyRun)
    return matchesByDefinition(rest, text) || (text !== "" && matchesByDefinition(glob, text.slice(1)));
  if (text === "") return false;
  return (token === anyOne || token === text[0]) && matchesByDefinition(rest, text.slice(1));
}

const character = fc.constantFrom("a", "b", "/");
const token = fc.oneof(
  { weight: 3, arbitrary: character },
  { weight: 2, arbitrary: fc.constant(anyRun) },
  fc.constant(anyOne),
);

describe("the glob matcher", () => {
  test("agrees with the definition of a glob", () => {
    fc.assert(
      fc.property(
        fc.array<GlobToken>(token, { maxLength: 8 }),
        fc.string({ unit: character, maxLength: 10 }),
        (glob, text) => {
          expect(matchesGlob(glob, text)).toBe(matchesByDefinition(glob, text));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("takes no more than glob × text steps over a glob made to make it backtrack", () => {
    const glob = Array.from({ length: 40 }, (_, at): GlobToken => (at % 2 === 0 ? anyRun : "a"));
    const text = "a".repeat(2_000);
    let steps = 0;
    const counted = new Proxy([...glob, "b"], {
      get(tokens, name) {
        steps++;
        return Reflect.get(tokens, name);
      },
    });
    expect(matchesGlob(counted, text)).toBe(false);
    expect(steps).toBeLessThanOrEqual(counted.length * text.length);
  });
});
