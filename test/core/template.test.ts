import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Claims, createClaimReader } from "../../shared/core/claims.ts";
import { claimNamesIn, expandTemplate } from "../../shared/core/template.ts";

const template = "tenants/${claims.tenant}/";
const expand = (text: string, claims: Claims) =>
  expandTemplate(text, { read: createClaimReader(claims).read, captures: {} });

test("a claim stands where the template refers to it", () => {
  expect(expand(template, { tenant: "acme" })).toBe("tenants/acme/");
  expect(expand("${claims.a}/x-${claims.b}/", { a: "A.9_@=+-", b: "1" })).toBe("A.9_@=+-/x-1/");
  expect(expand("plain/", {})).toBe("plain/");
  expect(expand(template, { tenant: 9_007_199_254_740_991 })).toBe("tenants/9007199254740991/");
});

test("the claims of a template are listed by name", () => {
  expect(claimNamesIn("${claims.a}/x-${claims.https://acme.example/team}/")).toEqual([
    "a",
    "https://acme.example/team",
  ]);
  expect(claimNamesIn("plain/")).toEqual([]);
});

describe("a refusal, never a substitution", () => {
  test.each<[string, unknown]>([
    ["missing", undefined],
    ["empty", ""],
    ["a parent folder", ".."],
    ["this folder", "."],
    ["a way out", "../other"],
    ["dots inside a name", "a..b"],
    ["a slash", "a/b"],
    ["a slash alone", "/"],
    ["a percent-encoded way out", "%2e%2e"],
    ["a backslash", "a\\b"],
    ["a star", "*"],
    ["a question mark", "?"],
    ["a policy variable", "${aws:username}"],
    ["a reference to another claim", "${claims.other}"],
    ["a space", "a b"],
    ["a line end", "acme\n"],
    ["a null byte", "a\0"],
    ["a full-width full stop", "\uff0e\uff0e"],
    ["a one-dot leader", "\u2024\u2024"],
    ["a fraction slash", "a\u2044b"],
    ["a Cyrillic a", "\u0430cme"],
    ["a combining accent", "e\u0301"],
    ["a right-to-left mark", "acme\u202e"],
    ["half of a surrogate pair", "\ud800"],
    ["a list", ["acme"]],
    ["an object", { toString: "acme" }],
    ["a fraction", 0.5],
    ["a number that may have been rounded", 2 ** 53],
    ["a boolean", true],
    ["null", null],
  ])("%s", (_, tenant) => {
    expect(expand(template, { tenant, other: "x" })).toBeUndefined();
  });

  test("one bad claim among good ones", () => {
    expect(expand("${claims.a}/${claims.b}/", { a: "good", b: "*" })).toBeUndefined();
    expect(expand("${claims.a}/${claims.b}/", { a: "*", b: "good" })).toBeUndefined();
  });

  test("two claims that lead out of the folder only side by side", () => {
    expect(expand("x/${claims.a}${claims.b}/", { a: ".", b: "." })).toBeUndefined();
    expect(expand("x/.${claims.a}/", { a: "." })).toBeUndefined();
    expect(expand("x/${claims.a}", { a: "." })).toBeUndefined();
  });

  test.each(["__proto__", "constructor", "toString"])("%s, which every object has", (name) => {
    expect(expand(`\${claims.${name}}/`, {})).toBeUndefined();
    const inherited = Object.create({ [name]: "acme", tenant: "acme" });
    expect(expand(`\${claims.${name}}/`, inherited)).toBeUndefined();
    expect(expand(template, inherited)).toBeUndefined();
  });
});

test("the folder stays where the template puts it, whatever a claim holds", () => {
  const nasty = fc.constantFrom("..", ".", "/", "\\", "*", "?", "$", "{", "}", "%2f", "a", "-", "\u2024");
  const value = fc.oneof(
    fc.array(nasty, { maxLength: 5 }).map((parts) => parts.join("")),
    fc.anything(),
  );
  fc.assert(
    fc.property(value, value, (a, b) => {
      const expanded = expand("home/${claims.a}/${claims.b}/", { a, b });
      if (expanded === undefined) return;
      const [home, first, second, end, ...more] = expanded.split("/");
      expect([home, first, second, end, more]).toEqual(["home", String(a), String(b), "", []]);
      expect(new URL(expanded, "s3://lake/").pathname).toBe(`/${expanded}`);
      expect(expanded).not.toMatch(/[*?$\\%]/);
    }),
    { numRuns: 2_000 },
  );
});
