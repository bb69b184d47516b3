import { describe, expect, test } from "vitest";
import { compilePolicy } from "../../shared/core/policy.ts";
import type { Scope } from "../../shared/core/scope.ts";
import { sessionPolicy } from "../../shared/core/session-policy.ts";
import { sampleStorage } from "../vending/samples.ts";

const scope: Scope = { bucket: "lake", prefixes: ["t1/"], permission: "READ" };
const storage = sampleStorage("assume-role");

/** Each differs from the others in one part. */
const scopes: Scope[] = [
  scope,
  { ...scope, bucket: "pond" },
  { ...scope, prefixes: ["t2/"] },
  { ...scope, prefixes: ["t1/", "t2/"] },
  { ...scope, prefixes: ["t1/,t2/"] },
  { ...scope, prefixes: ['t1/","t2/'] },
  { ...scope, permission: "READWRITE" },
  { ...scope, also: ["tags"] },
  { ...scope, also: ["folder"] },
];

describe("a compiled policy", () => {
  test("is that of its own scope, also when many scopes come again", () => {
    for (const _ of [1, 2, 3])
      for (const each of scopes) expect(sessionPolicy(storage, each)).toBe(compilePolicy(each, storage));
    expect(new Set(scopes.map((each) => sessionPolicy(storage, each))).size).toBe(scopes.length);
  });

  test("is that of its own storage, even where two have one name", () => {
    const elsewhere = sampleStorage("assume-role", { partition: "aws-cn" });
    expect(sessionPolicy(storage, scope)).toContain("arn:aws:s3:::lake");
    expect(sessionPolicy(elsewhere, scope)).toContain("arn:aws-cn:s3:::lake");
  });

  test("is refused each time where no policy can say it", () => {
    for (const _ of [1, 2])
      expect(() => sessionPolicy(storage, { ...scope, prefixes: [] })).toThrow("A scope needs a prefix.");
  });

  test("is none for a way that takes none", () => {
    expect(sessionPolicy(sampleStorage("session-token"), scope)).toBeUndefined();
  });
});
