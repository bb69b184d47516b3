import fc from "fast-check";
import { expect, test } from "vitest";
import type { Permission } from "../../shared/contract.ts";
import type { Ask } from "../../shared/core/ask.ts";
import { authorize } from "../../shared/core/authorize.ts";
import { VendError } from "../../shared/core/errors.ts";
import type { Grant } from "../../shared/core/grant.ts";
import type { Principal } from "../../shared/core/principal.ts";
import { alice, configOf, sampleGrant, sampleStorage } from "../vending/samples.ts";

// This test says once more what a grant means, in other words than the code's own: in a small world of objects, a grant
// is the set of accesses that it allows.

const folders = ["", "t1/", "t1/a/", "t1/acme/", "t10/", "a/", "aa/", "aacme/", "acme/", "x/"];
const keys = ["", "base/"].flatMap((base) => folders.map((folder) => `${base}${folder}object`));
const operations = { READ: ["get"], WRITE: ["put"], READWRITE: ["get", "put"] };

function accesses(bucket: string, prefix: string, permission: Permission): string[] {
  const reached = keys.filter((key) => key.startsWith(prefix));
  return reached.flatMap((key) => operations[permission].map((operation) => `${operation} ${bucket}/${key}`));
}
const within = (inner: string[], outer: string[]) => inner.every((access) => outer.includes(access));

/** The folder of a grant under the storage's own, if it is this principal's. */
function folderOf(grant: Grant, { issuer, subject, claims }: Principal): string | undefined {
  const asRegExp = (pattern: string) => new RegExp(`^${pattern.replaceAll("*", ".*")}$`);
  const among = (patterns: readonly string[], value: unknown) =>
    [value].flat().some((one) => typeof one === "string" && patterns.some((p) => asRegExp(p).test(one)));
  const own =
    grant.mode === "enforce" && grant.issuer.includes(issuer) && among(grant.subject ?? [], subject);
  if (!own || !Object.entries(grant.claims).every(([name, patterns]) => among(patterns, claims[name])))
    return undefined;
  if (!grant.prefix.includes("${claims.who}")) return grant.prefix;
  const { who } = claims;
  return typeof who === "string" && /^[a-z]+$/.test(who)
    ? grant.prefix.split("${claims.who}").join(who)
    : undefined;
}

const permission = fc.constantFrom<Permission>("READ", "WRITE", "READWRITE");
const grant: fc.Arbitrary<Grant> = fc
  .record({
    issuer: fc.constantFrom(["corp"], ["corp"], ["partner", "corp"], ["partner"]),
    subject: fc.constantFrom(["alice"], ["bob", "al*"], ["*"], ["*"], ["bob"]),
    claims: fc.constantFrom({}, {}, {}, { team: ["data"] }, { team: ["data*", "ops"] }, { team: ["*"] }),
    storage: fc.constantFrom("lake", "lake", "lake", "plain"),
    prefix: fc.constantFrom(
      "",
      "t1/",
      "t1/a/",
      "t10/",
      "t1/${claims.who}/",
      "${claims.who}/",
      "a${claims.who}/",
    ),
    permission,
    maxDurationSeconds: fc.constantFrom(1_800, 3_600, 7_200, 43_200),
    mode: fc.constantFrom<Grant["mode"]>("enforce", "enforce", "enforce", "audit"),
  })
  // As in the configuration: a way that cannot scope gives the whole or nothing.
  .map((one) => (one.storage === "plain" ? { ...one, prefix: "", permission: "READWRITE" as const } : one))
  .map(sampleGrant);
const team = fc.constantFrom<unknown>("data", "ops", ["ops", "data"], [], "database", 7, {});
const who = fc.constantFrom<unknown>("acme", "acme", "a", "a", "a", "..", "*", "t1/a", "", ["acme"], 0.5, {});
const principal: fc.Arbitrary<Principal> = fc
  .record({ team, who }, { requiredKeys: [] })
  .map((claims) => ({ ...alice, claims }));
const target = fc.record({
  bucket: fc.constantFrom(...Array<string>(9).fill("lake"), "pond"),
  prefix: fc.constantFrom("", "t1/", "t1/a/", "t1/a/", "a/", "base/", "base/t1/", "base/t1/a/"),
});
const ask: fc.Arbitrary<Ask> = fc.record(
  {
    storage: fc.constantFrom(...Array<string>(7).fill("lake"), "plain", "plain", "none-such"),
    targets: fc.array(target, { minLength: 1, maxLength: 2 }),
    permission,
    durationSeconds: fc.integer({ min: 1_800, max: 129_600 }),
  },
  { requiredKeys: ["storage"] },
);

function decide(...request: Parameters<typeof authorize>) {
  try {
    return authorize(...request);
  } catch (error) {
    if (error instanceof VendError) return error;
    throw error;
  }
}

test("an answer stays within one grant, the request and every limit; only a request that no grant allows is refused", () => {
  const outcomes = { answered: 0, no_grant: 0, choose_target: 0, not_scopable: 0 };
  const holds = (grants: Grant[], caller: Principal, asked: Ask, base: string) => {
    const storages = [
      sampleStorage("assume-role", { name: "lake", prefix: base, maxDurationSeconds: 7_200 }),
      sampleStorage("session-token", { name: "plain", prefix: base }),
    ];
    const decision = decide(
      configOf(storages, grants),
      { principal: caller, now: 0, sourceIp: undefined },
      asked,
    );

    const allowing = grants.flatMap((one) => {
      const folder = folderOf(one, caller);
      if (one.storage !== asked.storage || folder === undefined) return [];
      const targets = asked.targets ?? [{ bucket: "lake", prefix: base + folder }];
      const wish = targets.flatMap((t) => accesses(t.bucket, t.prefix, asked.permission ?? one.permission));
      const reach = accesses("lake", base + folder, one.permission);
      return within(wish, reach) ? [{ grant: one, wish, reach }] : [];
    });

    if (decision instanceof VendError) {
      outcomes[decision.code as keyof typeof outcomes]++;
      if (decision.code === "no_grant") return allowing.length === 0;
      if (decision.code === "choose_target") return allowing.length > 1;
      return decision.code === "not_scopable" && asked.storage === "plain" && allowing.length > 0;
    }
    outcomes.answered++;
    const { scope, storage, durationSeconds } = decision;
    const reached = scope.prefixes.flatMap((prefix) => accesses(scope.bucket, prefix, scope.permission));
    const by = allowing.find((one) => one.grant.name === decision.grant);
    const longest = Math.min(by?.grant.maxDurationSeconds ?? 0, storage.maxDurationSeconds);
    return (
      by !== undefined &&
      reached.length > 0 &&
      within(reached, by.reach) &&
      within(reached, by.wish) &&
      within(by.wish, reached) &&
      (storage.name !== "plain" || within(by.reach, reached)) &&
      durationSeconds <= longest &&
      durationSeconds >= Math.min(asked.durationSeconds ?? 3_600, longest)
    );
  };
  fc.assert(
    fc.property(
      fc
        .array(grant, { minLength: 1, maxLength: 6, size: "max" })
        .map((grants) => grants.map((one, index) => ({ ...one, name: `grant-${index}` }))),
      principal,
      ask,
      fc.constantFrom("", "", "base/"),
      holds,
    ),
    {
      numRuns: 10_000,
    },
  );
  // A kind of outcome that never came up has not been tested.
  for (const times of Object.values(outcomes)) expect(times, JSON.stringify(outcomes)).toBeGreaterThan(5);
});
