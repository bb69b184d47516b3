import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Claims, createClaimReader, faultOfClaimName, simplestName } from "../../shared/core/claims.ts";

const token: Claims = JSON.parse(`{
  "realm_access": { "roles": ["etl", "offline_access"], "0": "zero" },
  "kubernetes.io": { "namespace": "data", "pod": { "name": "ingest-1" } },
  "https://sts.amazonaws.com/": { "aws_account": "111122223333", "a~b": "tilde" },
  "realm_access.roles": "dots and all",
  "": { "": "empty" },
  "groups": ["a", { "name": "b" }],
  "~1": "tilde and one",
  "none": null,
  "__proto__": { "admin": "yes" }
}`);
const read = (name: string) => createClaimReader(token).read(name);

describe("a claim is read", () => {
  test.each<[string, unknown]>([
    ["/realm_access/roles", ["etl", "offline_access"]],
    ["/kubernetes.io/namespace", "data"],
    ["/kubernetes.io/pod/name", "ingest-1"],
    ["/https:~1~1sts.amazonaws.com~1/aws_account", "111122223333"],
    ["/https:~1~1sts.amazonaws.com~1/a~0b", "tilde"],
    ["//", "empty"],
    ["/~01", "tilde and one"],
    ["realm_access.roles", "dots and all"],
    ["groups", ["a", { name: "b" }]],
    ["/groups", ["a", { name: "b" }]],
    ["none", null],
    ["/__proto__/admin", "yes"],
  ])("by %s", (name, value) => {
    expect(read(name)).toEqual(value);
  });

  test.each([
    "/realm_access/none",
    "/realm_access/roles/0",
    "/realm_access/roles/length",
    "/groups/1/name",
    "/kubernetes.io/namespace/length",
    "/none/x",
    "/realm_access/constructor",
    "/realm_access/toString",
    "/constructor/name",
    "/realm_access/__proto__/x",
    "toString",
    "kubernetes.io/namespace",
    "realm_access/roles",
  ])("not by %s", (name) => {
    expect(read(name)).toBeUndefined();
  });

  test("and never from an object's prototype", () => {
    const lent = Object.create({ realm_access: { roles: ["admin"] } });
    expect(createClaimReader(lent).read("/realm_access/roles")).toBeUndefined();
  });
});

describe("the evidence", () => {
  const evidenceOf = (...names: string[]) => {
    const reader = createClaimReader(token);
    for (const name of names) reader.read(name);
    return reader.evidence();
  };

  test("is the part of the claims that was read, and nothing else", () => {
    expect(evidenceOf()).toEqual({});
    expect(evidenceOf("/realm_access/roles", "missing", "/kubernetes.io/pod/name")).toEqual({
      realm_access: { roles: ["etl", "offline_access"] },
      "kubernetes.io": { pod: { name: "ingest-1" } },
    });
    expect(evidenceOf("/kubernetes.io/namespace", "/kubernetes.io")).toEqual({
      "kubernetes.io": token["kubernetes.io"],
    });
  });

  test("leaves the claims as they are", () => {
    const before = JSON.stringify(token);
    evidenceOf("/kubernetes.io", "/kubernetes.io/namespace", "/__proto__/admin");
    expect(JSON.stringify(token)).toBe(before);
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });

  test("gives every name that was read the same value again", () => {
    const segment = fc.constantFrom("a", "b", "x/y", "~", "__proto__", "constructor");
    const pointer = fc
      .array(segment, { minLength: 1, maxLength: 4 })
      .map((path) => `/${path.map((one) => one.replaceAll("~", "~0").replaceAll("/", "~1")).join("/")}`);
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom<unknown>("x", 7, null, ["a"]),
        fc.dictionary(segment, tie("value"), { maxKeys: 3 }),
      ),
    }));
    const claims = fc.dictionary(segment, value, { minKeys: 1, maxKeys: 3 });
    let defined = 0;
    fc.assert(
      fc.property(claims, fc.array(fc.oneof(segment, pointer), { maxLength: 5 }), (all, names) => {
        const reader = createClaimReader(all);
        const shown = (read: (name: string) => unknown) =>
          names.map((name) => JSON.stringify(read(name)) ?? "missing");
        const values = shown(reader.read);
        defined += values.filter((one) => one !== "missing").length;
        const again = createClaimReader(JSON.parse(JSON.stringify(reader.evidence())));
        expect(shown(again.read)).toEqual(values);
      }),
      { numRuns: 3_000 },
    );
    expect(defined).toBeGreaterThan(1_000);
  });
});

test.each([
  ["/tenant", "tenant"],
  ["/a~1b", "a/b"],
  ["/~1a", "/~1a"],
  ["/a/b", "/a/b"],
  ["a.b", "a.b"],
  ["/a~", "/a~"],
])("the simplest name of %s is %s", (name, simplest) => {
  expect(simplestName(name)).toBe(simplest);
});

test.each([
  ["/a~b", /^is no JSON Pointer/],
  ["/a~2", /^is no JSON Pointer/],
  ["/roles/0", /^must not point into a list/],
  ["/roles/-", /^must not point into a list/],
])("%s is a fault", (name, fault) => {
  expect(faultOfClaimName(name)).toMatch(fault);
});

test.each(["a~b", "roles.0", "/a~0b", "/a~1b", "/roles/a0", "0"])("%s is no fault", (name) => {
  expect(faultOfClaimName(name)).toBeUndefined();
});
