import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sessionName } from "../../shared/core/session-name.ts";
import { alice, sampleStorage } from "../vending/samples.ts";

const perPrincipal = sampleStorage("assume-role", { sessions: "per-principal" });
const federated = sampleStorage("federation-token", { sessions: "per-principal" });
const named = (subject: string, issuer = "corp") => sessionName(perPrincipal, { ...alice, subject, issuer });

describe("a shared session", () => {
  test("is named for its storage, whichever caller asks", () => {
    const shared = sampleStorage("assume-role");
    expect(sessionName(shared, alice)).toBe("keyvend-lake");
    expect(sessionName(shared, { ...alice, subject: "bob" })).toBe("keyvend-lake");
  });

  test("has a name that STS takes, however long its storage's is", () => {
    const name = "x".repeat(63);
    expect(sessionName(sampleStorage("assume-role", { name }), alice)).toHaveLength(64);
    expect(sessionName(sampleStorage("federation-token", { name }), alice)).toHaveLength(32);
  });
});

describe("a session of one principal", () => {
  test("has a name in which the principal can be read", () => {
    expect(named("repo:acme/lake:ref:refs/heads/main")).toMatch(
      /^repo-acme-lake-ref-refs-heads-main-[\w-]{16}$/,
    );
    expect(named("alice@corp.example")).toMatch(/^alice@corp\.example-[\w-]{16}$/);
  });

  test("keeps its name", () => {
    expect(named("alice")).toBe(named("alice"));
  });

  test("is the only kind that web-identity has, since STS judges each caller's token", () => {
    const shared = sampleStorage("web-identity", { sessions: "shared" });
    expect(sessionName(shared, alice)).not.toBe(sessionName(shared, { ...alice, subject: "bob" }));
  });

  test("differs in name from a look-alike: another issuer, other signs, another end, the border elsewhere", () => {
    const lookAlikes = [
      named("alice"),
      named("alice", "partner"),
      named("a/b"),
      named("a:b"),
      named("a-b"),
      named(`${"x".repeat(100)}1`),
      named(`${"x".repeat(100)}2`),
      named("-".repeat(100), "a"),
      named("-".repeat(99), "a-"),
    ];
    expect(new Set(lookAlikes).size).toBe(lookAlikes.length);
  });

  test("has a name that STS takes and that no other principal has, whatever the principal is called", () => {
    const length = { maxLength: 120, size: "max" } as const;
    const text = fc.oneof(fc.string({ unit: "binary", ...length }), fc.string(length));
    const who = fc.record({ issuer: text, subject: text });
    fc.assert(
      fc.property(who, who, (one, other) => {
        const same = one.issuer === other.issuer && one.subject === other.subject;
        for (const [storage, longest] of [
          [perPrincipal, 64],
          [federated, 32],
        ] as const) {
          const name = sessionName(storage, { ...alice, ...one });
          expect(name).toMatch(/^[A-Za-z0-9_+=,.@-]+$/);
          expect(name.length).toBeGreaterThanOrEqual(2);
          expect(name.length).toBeLessThanOrEqual(longest);
          expect(name === sessionName(storage, { ...alice, ...other })).toBe(same);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
