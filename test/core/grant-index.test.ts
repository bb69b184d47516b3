import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { applyGrant } from "../../shared/core/applicable-grant.ts";
import { authorize, wouldGrant } from "../../shared/core/authorize.ts";
import type { Grant } from "../../shared/core/grant.ts";
import { indexGrants } from "../../shared/core/grant-index.ts";
import type { Principal } from "../../shared/core/principal.ts";
import { alice, configOf, sampleGrant, sampleStorage } from "../vending/samples.ts";

const lake = sampleStorage("assume-role");

const pattern = fc.constantFrom("a", "b", "a", "7", "true", "a*", "*");
const patterns = fc.array(pattern, { minLength: 1, maxLength: 3 });
const grant: fc.Arbitrary<Grant> = fc
  .record(
    {
      issuer: fc.constantFrom(["corp"], ["partner"], ["corp", "partner"]),
      storage: fc.constantFrom("lake", "pond"),
      subject: patterns,
      claims: fc.dictionary(fc.constantFrom("x", "y", "subject", "__proto__", "/o/p"), patterns, {
        maxKeys: 3,
      }),
    },
    { requiredKeys: ["issuer", "storage", "claims"] },
  )
  .map(sampleGrant);
const value = fc.constantFrom<unknown>("a", "b", "c", 7, true, ["a", "b"], [7], [], null, { a: "a" });
const principal: fc.Arbitrary<Principal> = fc
  .record({
    issuer: fc.constantFrom("corp", "partner"),
    subject: fc.constantFrom("a", "b", "c"),
    claims: fc
      .tuple(fc.dictionary(fc.constantFrom("x", "y", "subject", "other", "more"), value), value)
      .map(([claims, p]) => ({ ...claims, o: { p } })),
  })
  .map((facts) => ({ ...alice, ...facts }));

test("the index leaves out no grant that applies, and keeps the order of the configuration", () => {
  let applicable = 0;
  fc.assert(
    fc.property(fc.array(grant, { maxLength: 12 }), principal, (grants, caller) => {
      const applies = (one: Grant) =>
        applyGrant(one, lake, "enforce", { principal: caller, now: 0, sourceIp: undefined }).length > 0;
      const expected = grants.filter(applies);
      applicable += expected.length;
      expect(indexGrants(grants).candidates("lake", caller).filter(applies)).toEqual(expected);
    }),
    { numRuns: 5_000 },
  );
  expect(applicable).toBeGreaterThan(1_000);
});

/** The number of grants that a decision reads out of so many. */
function grantsRead(many: Grant[], decide: (config: ReturnType<typeof configOf>) => unknown): number {
  const read = new Set<string>();
  const watched = many.map(
    (one) =>
      new Proxy(one, {
        get(target, field) {
          read.add(target.name);
          return Reflect.get(target, field);
        },
        ownKeys(target) {
          read.add(target.name);
          return Reflect.ownKeys(target);
        },
      }),
  );
  const config = configOf([lake], watched);
  read.clear();
  decide(config);
  return read.size;
}

const manyGrants = (change: (n: number) => Partial<Grant>) =>
  Array.from({ length: 100_000 }, (_, n) => sampleGrant({ name: `g-${n}`, claims: {}, ...change(n) }));
const shared = { ref: ["refs/heads/main"] };
const one = 77_777;

test.each<[string, (n: number) => Partial<Grant>, Partial<Principal>]>([
  ["a subject of their own", (n) => ({ subject: [`user-${n}`] }), { subject: `user-${one}` }],
  [
    "a claim of their own and one that all share",
    (n) => ({ claims: { ...shared, id: [String(n)] } }),
    { claims: { ref: "refs/heads/main", id: one } },
  ],
  [
    "one of several values",
    (n) => ({ claims: { team: [`a-${n}`, `b-${n}`] } }),
    { claims: { team: ["x", `b-${one}`] } },
  ],
  [
    "a claim that no other grant names",
    (n) => ({ claims: { [`c-${n}`]: ["x"] } }),
    { claims: { [`c-${one}`]: "x" } },
  ],
])("of 100,000 grants with %s, a decision reads one", (_, change, caller) => {
  const circumstances = { principal: { ...alice, ...caller }, now: 0, sourceIp: undefined };
  const grants = manyGrants(change);
  expect(grantsRead(grants, (config) => authorize(config, circumstances, { storage: "lake" }))).toBe(1);
  const trials = grants.map((grant) => ({ ...grant, mode: "audit" as const }));
  expect(grantsRead(trials, (config) => wouldGrant(config, circumstances, { storage: "lake" }))).toBe(1);
});

test("a decision over many grants that apply compares as many prefixes as there are grants and targets", () => {
  const targets = Array.from({ length: 20 }, (_, n) => ({
    bucket: "lake",
    prefix: `${"deep/".repeat(58)}target-${n}/`,
  }));
  const comparisons = (grants: number) => {
    const config = configOf(
      [lake],
      Array.from({ length: grants }, (_, n) => sampleGrant({ name: `g-${n}`, claims: {} })),
    );
    const compare = vi.spyOn(String.prototype, "startsWith");
    authorize(config, { principal: alice, now: 0, sourceIp: undefined }, { storage: "lake", targets });
    const calls = compare.mock.calls.length;
    compare.mockRestore();
    return calls;
  };
  const [some, twice] = [comparisons(100), comparisons(200)];
  expect(some).toBeLessThan(100 * 20 * 5);
  expect(twice).toBeLessThanOrEqual(2 * some + 20);
});
