import { describe, expect, test } from "vitest";
import { type OperationGroup, operationGroups, type Permission } from "../../shared/contract.ts";
import { dialectOf } from "../../shared/core/dialect.ts";
import { groupsWithin } from "../../shared/core/operations.ts";
import { compilePolicy } from "../../shared/core/policy.ts";
import { covers, narrow, permits, type Scope } from "../../shared/core/scope.ts";

const granted: Scope = { bucket: "lake", prefixes: ["t1/", "t2/"], permission: "READWRITE" };
const setting = { partition: "aws", region: "eu-central-1", dialect: dialectOf("aws", true) };
const target = (prefix: string, bucket = "lake") => ({ bucket, prefix });

describe("a request narrows its grant", () => {
  test("a request that names nothing gets all that is granted", () => {
    expect(narrow(granted, {})).toEqual({ ok: true, scope: granted });
    expect(narrow(granted, { targets: [] })).toEqual({ ok: true, scope: granted });
  });

  test("a folder inside, and one of two permissions", () => {
    expect(narrow(granted, { targets: [target("t1/a/")], permission: "READ" })).toEqual({
      ok: true,
      scope: { bucket: "lake", prefixes: ["t1/a/"], permission: "READ" },
    });
  });

  test("several targets are merged", () => {
    const targets = [target("t2/"), target("t1/a/b/"), target("t1/a/"), target("t2/")];
    expect(narrow(granted, { targets })).toMatchObject({ scope: { prefixes: ["t1/a/", "t2/"] } });
  });

  test("a grant on no folder holds nothing", () => {
    const odd = { ...granted, prefixes: ["t1"] };
    for (const prefix of ["t1/", "t10/", "t1"])
      expect(narrow(odd, { targets: [target(prefix)] })).toEqual({ ok: false, beyond: "prefix" });
  });

  test.each([["t10/"], ["t1"], ["T1/"], [""], ["t3/"], ["x/t1/"]])("%j is more than granted", (prefix) => {
    expect(narrow(granted, { targets: [target(prefix)] })).toEqual({ ok: false, beyond: "prefix" });
  });

  test("one target outside the grant refuses the whole request: nothing is clipped", () => {
    const targets = [target("t1/"), target("t3/")];
    expect(narrow(granted, { targets })).toEqual({ ok: false, beyond: "prefix" });
  });

  test("another bucket is outside, whatever its prefix", () => {
    const targets = [target("t1/"), target("t1/", "pond")];
    expect(narrow(granted, { targets })).toEqual({ ok: false, beyond: "bucket" });
  });

  test.each<[Permission, Permission, boolean]>([
    ["READ", "READ", true],
    ["READ", "WRITE", false],
    ["READ", "READWRITE", false],
    ["WRITE", "READ", false],
    ["WRITE", "WRITE", true],
    ["WRITE", "READWRITE", false],
    ["READWRITE", "READ", true],
    ["READWRITE", "WRITE", true],
    ["READWRITE", "READWRITE", true],
  ])("%s granted, %s asked: %j", (has, asks, allowed) => {
    expect(permits(has, asks)).toBe(allowed);
    const outcome = narrow({ ...granted, permission: has }, { permission: asks });
    expect(outcome).toEqual(
      allowed ? { ok: true, scope: { ...granted, permission: asks } } : { ok: false, beyond: "permission" },
    );
  });
});

describe("groups of operations come along", () => {
  const also = ["folder", "tags", "uploads"] as const;
  test.each<[Permission, string[] | undefined]>([
    ["READ", ["folder", "tags"]],
    ["WRITE", ["tags", "uploads"]],
    ["READWRITE", ["folder", "tags", "uploads"]],
  ])("as far as they add something to %s", (permission, left) => {
    expect(narrow({ ...granted, also }, { permission })).toMatchObject({ scope: { also: left } });
  });

  test("and none is left where none adds anything", () => {
    const outcome = narrow({ ...granted, also: ["folder"] }, { permission: "WRITE" });
    expect(outcome).toEqual({ ok: true, scope: { ...granted, permission: "WRITE" } });
  });
});

describe("in a whole bucket", () => {
  const whole: Scope = { ...granted, prefixes: [""], also: ["folder", "tags", "uploads", "bucket-check"] };

  test("the groups that add nothing to it are left out", () => {
    expect(narrow(whole, {})).toEqual({ ok: true, scope: { ...whole, also: ["tags"] } });
    const also = ["folder", "uploads", "bucket-check"] as const;
    expect(narrow({ ...whole, also }, { targets: [target("")] })).toEqual({
      ok: true,
      scope: { bucket: "lake", prefixes: [""], permission: "READWRITE" },
    });
  });

  test("and come along to a folder of it", () => {
    const narrowed = narrow(whole, { targets: [target("t1/")], permission: "READ" });
    expect(narrowed).toMatchObject({ scope: { also: ["folder", "tags", "bucket-check"] } });
  });

  test.each(operationGroups)("%s is left out where its policy would be the same, and only there", (group) => {
    for (const permission of ["READ", "WRITE", "READWRITE"] as const) {
      const actions = (also: readonly OperationGroup[]) =>
        compilePolicy({ bucket: "lake", prefixes: [""], permission, also }, setting)
          .match(/s3:[A-Z]\w+/g)
          ?.sort();
      const adds = groupsWithin(permission, [group], true).length > 0;
      expect(adds).toBe(actions([group])?.join() !== actions([])?.join());
    }
  });
});

describe("a scope covers another", () => {
  test.each<[string, Partial<Scope>, Partial<Scope>, boolean]>([
    ["with its own group", { also: ["tags", "folder"] }, { also: ["folder"] }, true],
    ["with a group that it lacks", { also: ["tags"] }, { also: ["versions"] }, false],
    ["with the name of a folder inside", {}, { prefixes: ["t1/a/"], also: ["folder"] }, true],
    ["with the name of its own folder", {}, { prefixes: ["t1/a/", "t2/"], also: ["folder"] }, false],
    ["with the uploads of its whole bucket", { prefixes: [""] }, { also: ["uploads", "bucket-check"] }, true],
    ["with the uploads of the bucket", {}, { also: ["uploads"] }, false],
    ["with the check of the bucket", {}, { also: ["bucket-check"] }, false],
  ])("%s", (_, wide, asked, covered) => {
    expect(covers({ ...granted, ...wide }, { ...granted, ...asked })).toBe(covered);
  });

  test.each<[string, Partial<Scope>, boolean]>([
    ["itself", {}, true],
    ["less of it", { prefixes: ["t1/a/"], permission: "WRITE" }, true],
    ["a sibling", { prefixes: ["t1/", "t10/"] }, false],
    ["the whole bucket", { prefixes: [""] }, false],
    ["another bucket", { bucket: "pond" }, false],
    ["no prefix at all", { prefixes: [] }, false],
  ])("%s", (_, asked, covered) => {
    expect(covers(granted, { ...granted, ...asked })).toBe(covered);
  });

  test("but not with more permission", () => {
    expect(covers({ ...granted, permission: "READ" }, granted)).toBe(false);
  });
});
