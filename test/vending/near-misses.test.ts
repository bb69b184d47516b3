import { describe, expect, test } from "vitest";
import type { Ask } from "../../shared/core/ask.ts";
import type { TrustedIssuer } from "../../shared/core/config.ts";
import type { Grant } from "../../shared/core/grant.ts";
import type { Principal } from "../../shared/core/principal.ts";
import { nearMisses } from "../../shared/vending/near-misses.ts";
import { alice, configOf, sampleGrant, sampleStorage } from "./samples.ts";

const eve = {
  ...alice,
  subject: "eve",
  claims: { team: "data", role: "guest", iss: "https://corp", aud: "keyvend", roles: [] },
};

function missesOf(grants: Partial<Grant>[], ask: Partial<Ask> = {}, principal: Principal = eve) {
  const config = configOf(
    [sampleStorage("assume-role")],
    grants.map((grant) => sampleGrant({ claims: { team: ["data"] }, ...grant })),
  );
  return nearMisses(config, { principal, now: 0, sourceIp: undefined }, { storage: "lake", ...ask });
}

describe("of a near miss, the caller learns", () => {
  const ofTheTeam = { team: ["data"] };

  test("which of its claims failed, and the value of that claim", () => {
    expect(missesOf([{ claims: { ...ofTheTeam, role: ["owner"] } }])).toEqual([
      { Failed: [{ Condition: "claims.role", Reason: "no_match", Value: "guest" }] },
    ]);
  });

  test("which claim it lacks", () => {
    expect(missesOf([{ claims: { ...ofTheTeam, toString: ["*"] } }])).toEqual([
      { Failed: [{ Condition: "claims.toString", Reason: "missing" }] },
    ]);
  });

  test("that its subject failed", () => {
    expect(missesOf([{ subject: ["mallory"], claims: ofTheTeam }])).toEqual([
      { Failed: [{ Condition: "subject", Reason: "no_match", Value: "eve" }] },
    ]);
  });

  test("that its request goes beyond a grant of its own, and which grant that is", () => {
    const grant = { name: "readers", prefix: "t1/", permission: "READ" } as const;
    expect(missesOf([grant], { permission: "WRITE" })).toEqual([
      { Grant: "readers", Failed: [{ Condition: "permission", Reason: "beyond_grant" }] },
    ]);
    expect(missesOf([grant], { targets: [{ bucket: "lake", prefix: "t10/" }] })).toEqual([
      { Grant: "readers", Failed: [{ Condition: "target", Reason: "beyond_grant" }] },
    ]);
  });

  test("which claim may not stand in the template of a grant of its own", () => {
    const grant = { name: "folders", prefix: "${claims.role}/${claims.path}/" };
    const principal = { ...eve, claims: { ...eve.claims, path: "a/../b" } };
    expect(missesOf([grant], {}, principal)).toEqual([
      { Grant: "folders", Failed: [{ Condition: "claims.path", Reason: "not_plain", Value: "a/../b" }] },
    ]);
  });

  test("all the claims of a template with a result longer than STS takes", () => {
    const principal = { ...eve, claims: { ...eve.claims, a: "a".repeat(40), b: "b".repeat(40) } };
    expect(missesOf([{ sourceIdentity: "${claims.a}-${claims.b}" }], {}, principal)).toMatchObject([
      { Failed: [{ Condition: "claims.a" }, { Condition: "claims.b" }] },
    ]);
  });

  test("all the claims that together make a forbidden value", () => {
    const principal = { ...eve, claims: { ...eve.claims, a: ".", b: "." } };
    expect(missesOf([{ prefix: "${claims.a}${claims.b}/" }], {}, principal)).toMatchObject([
      { Failed: [{ Condition: "claims.a" }, { Condition: "claims.b" }] },
    ]);
  });
});

describe("the caller learns nothing of", () => {
  const owner = { role: ["owner"] };

  test.each<[string, Partial<Grant>]>([
    ["a grant of another issuer", { issuer: ["partner"], claims: { team: ["data"], ...owner } }],
    ["a grant on another storage", { storage: "pond", claims: { team: ["data"], ...owner } }],
    ["a grant without a condition that the caller meets", { subject: ["mallory"], claims: owner }],
    ["a grant that any subject meets in part", { subject: ["*"], claims: owner }],
    ["a grant that any value of a claim meets in part", { claims: { team: ["**"], ...owner } }],
    ["a grant that every token of the issuer meets in part", { claims: { iss: ["https://corp"], ...owner } }],
    ["a grant that every token for us meets in part", { claims: { aud: ["keyvend"], ...owner } }],
    ["a grant in audit mode", { mode: "audit", claims: { team: ["data"], ...owner } }],
  ])("%s", (_which, grant) => {
    expect(missesOf([grant])).toEqual([]);
  });

  test("the names, the patterns and the number of other grants", () => {
    const tenants = ["acme", "globex", "initech"].map((tenant) => ({
      name: `${tenant}-data`,
      prefix: `tenants/${tenant}/`,
      claims: { team: ["data"], tenant: [tenant, `${tenant}-*`] },
    }));
    const principal = { ...eve, claims: { ...eve.claims, tenant: "hooli" } };
    expect(missesOf(tenants, {}, principal)).toEqual([
      { Failed: [{ Condition: "claims.tenant", Reason: "no_match", Value: "hooli" }] },
    ]);
  });

  test("a grant that covers the request", () => {
    expect(missesOf([{}])).toEqual([]);
  });

  test("a storage that is not there: the answer is that of a storage without a near miss", () => {
    expect(missesOf([{ claims: owner }], { storage: "none-such" })).toEqual([]);
    expect(missesOf([{ claims: owner }])).toEqual([]);
  });
});

test("a claim whose value every caller of the issuer must have tells nothing of one of them", () => {
  const config = configOf(
    [sampleStorage("assume-role")],
    [sampleGrant({ claims: { client_id: ["app"], role: ["owner"] } })],
  );
  const issuer: TrustedIssuer = {
    name: "corp",
    issuer: "https://corp",
    audience: "none",
    algorithms: ["RS256"],
    clockToleranceSeconds: 30,
    tokenTypes: ["none"],
    requiredClaims: { client_id: ["app"], role: [] },
  };
  const caller = { principal: { ...eve, claims: { client_id: "app" } }, now: 0, sourceIp: undefined };
  const misses = (issuers: typeof config.issuers) =>
    nearMisses({ ...config, issuers }, caller, { storage: "lake" });
  expect(misses(new Map([["corp", issuer]]))).toEqual([]);
  expect(misses(new Map())).toHaveLength(1);
});

describe("names cannot be probed", () => {
  // A stranger to the grant, with claims that any caller may have and with claims that a caller can choose for itself.
  const stranger = {
    ...eve,
    subject: "repo:acme/anything:ref:refs/heads/main",
    claims: {
      iss: "https://corp",
      aud: "keyvend",
      email_verified: true,
      is_admin: false,
      name: "data",
      groups: ["true", "false"],
      odd: "da*",
    },
  };
  const owner = { role: ["owner"] };

  test.each<[string, Partial<Grant>]>([
    ["true", { claims: { email_verified: ["true"], ...owner } }],
    ["false", { claims: { is_admin: ["false"], ...owner } }],
    ["true in a list", { claims: { groups: ["true"], ...owner } }],
    ["the issuer", { claims: { iss: ["https://corp"], ...owner } }],
    ["the audience", { claims: { aud: ["keyvend"], ...owner } }],
    ["a star", { subject: ["*"], claims: owner }],
    ["a pattern that many match", { subject: ["repo:acme/*"], claims: owner }],
    ["the text of a pattern", { claims: { odd: ["da*"], ...owner } }],
    ["a capture", { subject: ["repo:{org}/*"], claims: owner }],
    ["a capture alone", { claims: { name: ["{name}"], ...owner } }],
    ["an end that has passed", { expires: -1, claims: owner }],
    ["an address", { sourceIps: ["192.0.2.0/24"], claims: owner }],
  ])("by %s", (_what, grant) => {
    expect(missesOf([grant], {}, stranger)).toEqual([]);
    expect(missesOf([grant], { storage: "none-such" }, stranger)).toEqual([]);
  });

  test("except by a value that the grant names: then it is the caller's own grant, and shows what else the caller lacks", () => {
    expect(missesOf([{ claims: { name: ["data"], ...owner } }], {}, stranger)).toEqual([
      { Failed: [{ Condition: "claims.role", Reason: "missing" }] },
    ]);
  });
});

test("the caller learns that a value is not plain, if a capture would take it", () => {
  const grant = { subject: ["eve"], claims: { project: ["data/{project}"] }, prefix: "${project}/" };
  const principal = { ...eve, claims: { project: "data/a b" } };
  expect(missesOf([grant], {}, { ...principal, subject: "eve" })).toEqual([
    { Failed: [{ Condition: "claims.project", Reason: "not_plain", Value: "data/a b" }] },
  ]);
});

test("the caller learns which condition captured what no template takes", () => {
  const grant = { subject: ["u:{name}"], sourceIdentity: "${name}" };
  expect(missesOf([grant], {}, { ...eve, subject: "u:e" })).toMatchObject([
    { Failed: [{ Condition: "subject", Reason: "not_plain", Value: "u:e" }] },
  ]);
});

test("the caller learns the conditions of captures that disagree", () => {
  const grant = { subject: ["{who}"], claims: { lead: ["{who}"], team: ["data"] } };
  const principal = { ...eve, subject: "eve", claims: { team: "data", lead: "bob" } };
  expect(missesOf([grant], {}, principal)).toEqual([
    {
      Failed: [
        { Condition: "subject", Reason: "no_match", Value: "eve" },
        { Condition: "claims.lead", Reason: "no_match", Value: "bob" },
      ],
    },
  ]);
});
