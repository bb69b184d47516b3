import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { faultOfPattern, matchPattern } from "../../shared/core/pattern.ts";

describe("a pattern captures", () => {
  test.each<[string, string, Record<string, string>]>([
    [
      "system:serviceaccount:{namespace}:{name}",
      "system:serviceaccount:data:ingest",
      { namespace: "data", name: "ingest" },
    ],
    ["data/{project}", "data/lake", { project: "lake" }],
    ["team-{team}", "team-a-b", { team: "a-b" }],
    ["{team}-prod", "a-b-prod", { team: "a-b" }],
    ["x-{team}-prod", "x-a-prod-prod", { team: "a-prod" }],
    ["{team}-x:*", "a-x-x:rest:of", { team: "a-x" }],
    ["arn:aws:iam::*:role/{team}", "arn:aws:iam::111122223333:role/etl", { team: "etl" }],
    ["*/{team}", "a/b/c", { team: "c" }],
    ["{a}:*:{b}", "1:2:3:4", { a: "1", b: "4" }],
    ["{a}/*x*/{b}", "1/2x3/4", { a: "1", b: "4" }],
    ["{a}:{a}", "x:x", { a: "x" }],
    ["group:{path...}", "group:a/b/c", { path: "a/b/c" }],
    ["{path...}:{ref}", "a/b:main", { path: "a/b", ref: "main" }],
    ["{a}", "a.b_c@d=e+f-g", { a: "a.b_c@d=e+f-g" }],
    ["plain", "plain", {}],
    ["p*n", "plain", {}],
  ])("%s of %s", (pattern, text, captures) => {
    expect(faultOfPattern(pattern)).toBeUndefined();
    expect(matchPattern(pattern, text)).toEqual({ captures });
  });

  test.each<[string, string]>([
    ["data/{project}", "data/"],
    ["data/{project}", "other/lake"],
    ["{a}:{b}", "a"],
    ["{a}:{b}", ":b"],
    ["{a}:{a}", "x:y"],
    ["{a}:x", "1:2:x"],
    ["{a}:*:{b}", "1:2"],
    ["{a}/*x*/{b}", "1/23/4"],
    ["{a}-prod", "-prod"],
  ])("nothing where they do not match: %s of %s", (pattern, text) => {
    expect(matchPattern(pattern, text)).toBeUndefined();
  });

  test.each<[string, string]>([
    ["data/{project}", "data/a/b"],
    ["data/{project}", "data/.."],
    ["data/{project}", "data/."],
    ["data/{project}", "data/a..b"],
    ["data/{project}", "data/a b"],
    ["data/{project}", "data/*"],
    ["data/{project}", "data/\u0430cme"],
    ["data/{project}", "data/a\n"],
    ["system:{a}:{b}", "system:a b:c"],
    ["group:{path...}", "group:a//b"],
    ["group:{path...}", "group:/a"],
    ["group:{path...}", "group:a/"],
    ["group:{path...}", "group:a/../b"],
    ["group:{path...}", "group:./a"],
  ])("no value that is not plain: %s of %j", (pattern, text) => {
    expect(matchPattern(pattern, text)).toBe("not_plain");
  });
});

describe("a pattern is at fault", () => {
  test.each([
    ["with captures that touch", "{a}{b}", /between \{a\} and \{b\}/],
    ["with captures that a value could join", "{a}-{b}", /between \{a\} and \{b\}/],
    ["with captures that a path could join", "{a...}/{b}", /between \{a\} and \{b\}/],
    ["with a star right behind a capture", "{a}*", /between \{a\} and \*/],
    ["with a star right before a capture", "*{a}", /between \{a\} and \*/],
    ["with a star that a value could reach", "{a}-*", /between \{a\} and \*/],
    ["with a capture between two stars", "*:{a}:*", /between two stars/],
    ["with an open brace", "a{b", /brace/],
    ["with a closing brace", "a}b", /brace/],
    ["with an empty name", "a:{}", /brace/],
    ["with a name of other characters", "a:{b-c}", /brace/],
    ["with a claim's reference", "${claims.x}", /brace/],
  ])("%s", (_what, pattern, fault) => {
    expect(faultOfPattern(pattern)).toMatch(fault);
  });
});

/** All ways to read a text by a pattern. It tries everything: it is slow, and written from the rules alone. */
function readings(pattern: string, text: string): Record<string, string>[] {
  const whole = /^(\*|\{[a-z]+(?:\.\.\.)?\}|[^*{]+)/.exec(pattern)?.[0];
  if (whole === undefined) return text === "" ? [{}] : [];
  const rest = pattern.slice(whole.length);
  const capture = /^\{([a-z]+)(\.\.\.)?\}$/.exec(whole);
  if (whole !== "*" && capture === null) {
    return text.startsWith(whole) ? readings(rest, text.slice(whole.length)) : [];
  }
  return Array.from({ length: text.length + 1 }, (_, end) => end).flatMap((end) => {
    const value = text.slice(0, end);
    const others = () => readings(rest, text.slice(end));
    if (capture === null) return others();
    const [, name = "", dots] = capture;
    const segments = dots === undefined ? [value] : value.split("/");
    const isPlain = segments.every((one) => /^[\w.@=+-]+$/.test(one) && !one.includes("..") && one !== ".");
    if (!isPlain) return [];
    return others().flatMap((names) =>
      Object.hasOwn(names, name) && names[name] !== value ? [] : [{ ...names, [name]: value }],
    );
  });
}

test("a pattern without a fault reads a text in one way at most, and the match is that one", () => {
  const part = fc.constantFrom("{a}", "{b}", "{c...}", "*", ":", "/", "-", "x", "x:", "-x");
  const pattern = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(""));
  const text = fc
    .array(fc.constantFrom("x", "y", "-", ":", "/", ".", "..", " "), { maxLength: 7 })
    .map((parts) => parts.join(""));
  const counts = { matched: 0, refused: 0 };
  fc.assert(
    fc.property(pattern, text, (one, subject) => {
      fc.pre(faultOfPattern(one) === undefined);
      const distinct = new Set(
        readings(one, subject).map((names) => JSON.stringify(Object.entries(names).sort())),
      );
      expect(distinct.size).toBeLessThanOrEqual(1);
      const match = matchPattern(one, subject);
      const captureSets =
        typeof match === "object" ? [JSON.stringify(Object.entries(match.captures).sort())] : [];
      expect(captureSets).toEqual([...distinct]);
      counts[captureSets.length > 0 ? "matched" : "refused"]++;
    }),
    { numRuns: 20_000 },
  );
  expect(counts.matched).toBeGreaterThan(500);
  expect(counts.refused).toBeGreaterThan(500);
});

test("the steps of a match grow with the length of the text, and not with its square", () => {
  const pattern = "{a}:{b}:{c}:{d}:*x*:{e}:{f}";
  const steps = (length: number) => {
    const calls = vi.spyOn(String.prototype, "indexOf");
    matchPattern(pattern, "a-".repeat(length));
    matchPattern(pattern, `${"a:".repeat(length)}`);
    const count = calls.mock.calls.length;
    calls.mockRestore();
    return count;
  };
  expect(steps(2_000)).toBeLessThanOrEqual(steps(1_000) + 4);
});
