import { describe, expect, test } from "vitest";
import { attemptsInside, attemptsOutside } from "../../../infra/doctor/scope/attempts.ts";
import type { Permission } from "../../../shared/contract.ts";
import type { Scope } from "../../../shared/core/scope.ts";

const scope = (prefixes: string[], permission: Permission, also?: Scope["also"]): Scope => ({
  ...{ bucket: "lake", prefixes, permission },
  ...(also && { also }),
});
const words = (attempts: ReturnType<typeof attemptsInside>) =>
  attempts.map(({ what, bucket, prefix }) => `${what} ${bucket}/${prefix}`);

test.each<[Permission, string[]]>([
  ["READ", ["list", "read"]],
  ["WRITE", ["write"]],
  ["READWRITE", ["list", "read", "write"]],
])("inside, %s is tried at each prefix", (permission, whats) => {
  const tried = words(attemptsInside(scope(["a/", "b/"], permission)));
  expect(tried).toEqual(["a/", "b/"].flatMap((prefix) => whats.map((what) => `${what} lake/${prefix}`)));
});

describe("outside", () => {
  test("names that begin alike, the folder above, the root, the name itself and another case are tried", () => {
    const tried = words(attemptsOutside(scope(["a/b/"], "READWRITE"), ["archive"]));
    for (const what of ["list", "read", "write"])
      for (const place of ["lake/a/b-keyvend-doctor/", "lake/a/", "lake/", "lake/A/B/", "archive/"])
        expect(tried).toContain(`${what} ${place}`);
    expect(tried).toContain("list lake/a/b");
    expect(tried.filter((each) => each.startsWith("read lake/a/b/"))).toEqual([]);
  });

  test("of half a permission the other half is tried inside", () => {
    expect(words(attemptsOutside(scope(["a/"], "READ"), []))).toContain("write lake/a/");
    expect(words(attemptsOutside(scope(["a/"], "WRITE"), []))).toEqual(
      expect.arrayContaining(["list lake/a/", "read lake/a/"]),
    );
  });

  test("what a wildcard in the name would match is tried", () => {
    expect(words(attemptsOutside(scope(["a*b?/"], "READ"), []))).toContain("read lake/axbx/");
  });

  test("a place inside of another prefix is not tried", () => {
    const tried = words(attemptsOutside(scope(["a/", "b/c/", "b-keyvend-doctor/"], "READWRITE"), []));
    expect(tried.filter((each) => / lake\/(a\/|b\/c\/|b-keyvend-doctor\/)$/.test(each))).toEqual([]);
    expect(tried).toContain("read lake/b/");
  });

  test("of a whole bucket only other buckets are left", () => {
    expect(words(attemptsOutside(scope([""], "READWRITE"), ["archive"]))).toEqual(
      ["list", "read", "write"].map((what) => `${what} archive/`),
    );
    expect(words(attemptsOutside(scope([""], "READ"), []))).toEqual(["write lake/"]);
  });

  test("what a group of operations allows is not tried, and nothing more is left out", () => {
    const plain = words(attemptsOutside(scope(["a/"], "READWRITE"), ["archive"]));
    const withFolder = words(attemptsOutside(scope(["a/"], "READWRITE", ["folder"]), ["archive"]));
    expect(plain.filter((each) => !withFolder.includes(each))).toEqual(["list lake/a"]);
    const withCheck = words(attemptsOutside(scope(["a/"], "READWRITE", ["bucket-check"]), ["archive"]));
    expect(
      plain.filter((each) => !withCheck.includes(each)).every((each) => each.startsWith("list lake/")),
    ).toBe(true);
    expect(withCheck).toContain("list archive/");
    expect(words(attemptsOutside(scope(["a/"], "READWRITE", ["tags", "uploads"]), ["archive"]))).toEqual(
      plain,
    );
  });

  test("a store that does not tell cases apart is not asked for another case", () => {
    const tried = words(attemptsOutside(scope(["a/"], "READ"), [], { ignoresCase: true }));
    expect(tried.filter((each) => each.includes("A"))).toEqual([]);
  });
});
