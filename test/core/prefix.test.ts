import { describe, expect, test } from "vitest";
import { contains, mergePrefixes, parsePrefix } from "../../shared/core/prefix.ts";

describe("a prefix means a folder", () => {
  test.each([
    ["", ""],
    ["t1", "t1/"],
    ["t1/", "t1/"],
    ["lake/tables/t1", "lake/tables/t1/"],
    ["...", ".../"],
    ["t1%", "t1%/"],
    ["100%zz", "100%zz/"],
    // As Hive and Spark write folders. Nothing decodes them.
    ["day=2026-01-01 10%3A00", "day=2026-01-01 10%3A00/"],
    ["%2e%2e/t1", "%2e%2e/t1/"],
    ["t1%2Fx", "t1%2Fx/"],
    ["a b*?${aws:username}'\"ÿ", "a b*?${aws:username}'\"ÿ/"],
    ["таблица/😀", "таблица/😀/"],
  ])("%j is %j", (text, prefix) => {
    expect(parsePrefix(text)).toEqual({ ok: true, value: prefix });
  });

  test.each([
    ["/", "slash"],
    ["/t1", "slash"],
    ["t1//", "slash"],
    ["a//b", "slash"],
    [".", "segment"],
    ["..", "segment"],
    ["./t1", "segment"],
    ["lake/../t1", "segment"],
    ["lake/./t1", "segment"],
    ["lake/t1/..", "segment"],
    ["lake/t1/../", "segment"],
    ["lake\\t1", "backslash"],
    ["t1\n", "control"],
    ["t1\u0000", "control"],
    ["t1\u007f", "control"],
    ["t1\u0085", "control"],
    ["t1\ud800", "surrogate"],
    ["\udc00t1", "surrogate"],
  ])("%j is refused, not repaired", (text, reason) => {
    expect(parsePrefix(text)).toEqual({ ok: false, reason: expect.stringContaining(reason) });
  });

  test("a prefix has at most 1,024 bytes, the slash included", () => {
    for (const longest of ["a".repeat(1023), `${"a".repeat(1023)}/`, `${"é".repeat(511)}a`])
      expect(parsePrefix(longest)).toMatchObject({ ok: true });
    for (const tooLong of ["a".repeat(1024), "é".repeat(512), "a".repeat(10_000_000)])
      expect(parsePrefix(tooLong)).toMatchObject({ ok: false, reason: "must not be longer than 1024 bytes" });
  });
});

describe("one prefix holds another by whole segments", () => {
  test.each([
    ["", "", true],
    ["", "t1/", true],
    ["t1/", "t1/", true],
    ["t1/", "t1/a/", true],
    ["t1/", "t1/a.parquet", true],
    ["t1/", "", false],
    ["t1/", "t1", false],
    ["t1/", "t10/", false],
    ["t1/", "T1/", false],
    ["t1/a/", "t1/", false],
    ["t1/", "x/../t1/", false],
    // A composed and a decomposed é are two keys to S3.
    ["caf\u00e9/", "cafe\u0301/", false],
    // Not a folder: holds nothing, rather than every name that begins so.
    ["t1", "t10/", false],
    ["t1", "t1/", false],
  ])("%j holds %j: %j", (outer, inner, held) => {
    expect(contains(outer, inner)).toBe(held);
  });
});

describe("merging drops each prefix that another one holds", () => {
  test.each([
    [[], []],
    [
      ["b/", "a/"],
      ["a/", "b/"],
    ],
    [["a/", "a/"], ["a/"]],
    [["a/b/", "a/", "a/b/c/"], ["a/"]],
    [["t1/", "", "t2/"], [""]],
    // "t1-x/" and "t1.x/" sort between "t1" and "t1/", and are neighbours of it, not inside.
    [
      ["t1/", "t1/a/", "t1-x/", "t10/", "t1.x/"],
      ["t1-x/", "t1.x/", "t1/", "t10/"],
    ],
  ])("%j is %j", (prefixes, merged) => {
    expect(mergePrefixes(prefixes)).toEqual(merged);
  });
});
