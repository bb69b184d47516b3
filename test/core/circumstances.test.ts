import { describe, expect, test } from "vitest";
import type { Ask } from "../../shared/core/ask.ts";
import { authorize } from "../../shared/core/authorize.ts";
import { type Circumstances, noCaller } from "../../shared/core/circumstances.ts";
import { entryKey } from "../../shared/core/entry-key.ts";
import { VendError } from "../../shared/core/errors.ts";
import type { Grant } from "../../shared/core/grant.ts";
import { isKept, issueRequest } from "../../shared/core/issue-request.ts";
import type { Principal } from "../../shared/core/principal.ts";
import { alice, configOf, sampleGrant, sampleStorage } from "../vending/samples.ts";

const lake = sampleStorage("assume-role");
const hour = 3_600_000;

function decide(
  grants: Partial<Grant>[],
  circumstances: Partial<Circumstances> = {},
  ask: Partial<Ask> = {},
) {
  const config = configOf(
    [lake],
    grants.map((grant, n) => sampleGrant({ name: `g-${n}`, claims: {}, ...grant })),
  );
  return authorize(
    config,
    { principal: alice, now: 0, sourceIp: undefined, ...circumstances },
    { storage: "lake", ...ask },
  );
}

/** The prefixes of the scope, or the code of the refusal. */
function outcome(...request: Parameters<typeof decide>) {
  try {
    return decide(...request).scope.prefixes;
  } catch (error) {
    if (error instanceof VendError) return error.code;
    throw error;
  }
}

const withClaims = (claims: Principal["claims"], subject = "alice") => ({
  principal: { ...alice, claims, subject },
});
const under = (prefix: string): Partial<Ask> => ({ targets: [{ bucket: "lake", prefix }] });

describe("a grant with an end", () => {
  const grant = { expires: 2 * hour };
  const seconds = (now: number, durationSeconds?: number) =>
    decide([grant], { now }, durationSeconds === undefined ? {} : { durationSeconds }).durationSeconds;

  test("gives whole sessions long before it, and shorter ones towards it", () => {
    expect(seconds(0)).toBe(3_600);
    expect(seconds(hour)).toBeLessThan(3_600);
    expect(decide([grant], { now: hour }, { durationSeconds: 3_600 }).cappedBy).toBe("grant");
    for (const now of [0, hour / 2, hour, 1.4 * hour])
      for (const asked of [1_800, 3_600, 43_200])
        expect(now + seconds(now, asked) * 1_000).toBeLessThan(grant.expires);
  });

  test("gives nothing where less than the shortest session is left", () => {
    expect(outcome([grant], { now: grant.expires - 1_900_000 })).toEqual([""]);
    for (const left of [1_799_000, 60_000, 0, -1])
      expect(outcome([grant], { now: grant.expires - left })).toBe("no_grant");
  });

  test("is not chosen where another grant lasts longer", () => {
    const both = decide(
      [grant, { maxDurationSeconds: 3_600 }],
      { now: 1.2 * hour },
      { durationSeconds: 3_600 },
    );
    expect([both.grant, both.durationSeconds]).toEqual(["g-1", 3_600]);
  });

  test("shares one session until its end, and shares none with callers whose grant has no end", () => {
    const keyAt = (now: number, one: Partial<Grant> = grant) => {
      const request = issueRequest(decide([one], { now }), { principal: alice });
      return isKept(request) ? entryKey(request) : "none";
    };
    expect(keyAt(1.1 * hour)).toBe(keyAt(1.2 * hour));
    expect(keyAt(1.1 * hour, { expires: 2 * hour + 1_000 })).not.toBe(keyAt(1.1 * hour));
    expect(keyAt(0)).toBe(keyAt(0, {}));
    expect(keyAt(1.1 * hour)).not.toBe(keyAt(0));
  });
});

describe("a grant for some addresses", () => {
  const grant = { sourceIps: ["192.0.2.0/24", "2001:db8:1::/48", "198.51.100.7/32"] };

  test.each<[string, string | undefined, boolean]>([
    ["in a range", "192.0.2.255", true],
    ["beside the range", "192.0.3.0", false],
    ["alone in its range", "198.51.100.7", true],
    ["of IPv6", "2001:db8:1:2::3", true],
    ["of IPv6, beside the range", "2001:db8:2::1", false],
    ["of IPv4 written as IPv6", "::ffff:192.0.2.1", true],
    ["of IPv4 written as IPv6 in hexadecimal", "::ffff:c000:201", true],
    ["of IPv4 written as IPv6, beside the range", "::ffff:192.0.3.1", false],
    ["that is a list", "192.0.2.1, 10.0.0.1", false],
    ["that is a name", "localhost", false],
    ["that is empty", "", false],
    ["with a port", "192.0.2.1:443", false],
    ["that the door does not know", undefined, false],
  ])("an address %s", (_what, sourceIp, isAllowed) => {
    expect(outcome([grant], { sourceIp })).toEqual(isAllowed ? [""] : "no_grant");
  });

  test("of IPv4 is in no range of IPv6, however wide", () => {
    for (const range of ["::/0", "::/1", "::/64", "::/80"])
      for (const sourceIp of ["192.0.2.7", "::ffff:192.0.2.7"])
        expect(outcome([{ sourceIps: ["203.0.113.0/24", range] }], { sourceIp }), range).toBe("no_grant");
    expect(outcome([{ sourceIps: ["::/0"] }], { sourceIp: "2001:db8::1" })).toEqual([""]);
    expect(outcome([{ sourceIps: ["::/0"] }], { sourceIp: "fe80::1%eth0" })).toBe("no_grant");
  });

  test("does not look at an address where there is no caller", () => {
    expect(outcome([grant], { sourceIp: noCaller })).toEqual([""]);
  });
});

test("of two grants alike, the one that ends last decides", () => {
  const alike = { maxDurationSeconds: 3_600 };
  const [ending, later, endless] = [{ ...alike, expires: 2 * hour }, { ...alike, expires: 3 * hour }, alike];
  expect(decide([ending, endless]).grant).toBe("g-1");
  expect(decide([endless, ending]).grant).toBe("g-0");
  expect(decide([ending, later]).grant).toBe("g-1");
});

describe("captures", () => {
  const pods = { subject: ["system:serviceaccount:{namespace}:{name}"], prefix: "ns/${namespace}/${name}/" };
  const groups = { claims: { groups: ["team-{team}"] }, prefix: "teams/${team}/" };

  test("one grant serves all namespaces, each its own", () => {
    expect(outcome([pods], withClaims({}, "system:serviceaccount:data:ingest"))).toEqual(["ns/data/ingest/"]);
    expect(outcome([pods], withClaims({}, "system:serviceaccount:web:ingest"))).toEqual(["ns/web/ingest/"]);
    expect(outcome([pods], withClaims({}, "system:node:data"))).toBe("no_grant");
  });

  test.each(["system:serviceaccount:..:ingest", "system:serviceaccount:a/b:c", "system:serviceaccount:*:c"])(
    "%s is refused, and never put into a folder",
    (subject) => {
      expect(outcome([pods], withClaims({}, subject))).toBe("no_grant");
    },
  );

  test("each matching element of a list is a candidate, and the target chooses among them", () => {
    const caller = withClaims({ groups: ["staff", "team-a", "team-b"] });
    expect(outcome([groups], caller)).toBe("choose_target");
    expect(outcome([groups], caller, under("teams/b/x/"))).toEqual(["teams/b/x/"]);
    expect(outcome([groups], caller, under("teams/c/"))).toBe("no_grant");
    expect(outcome([groups], withClaims({ groups: ["staff", "team-a"] }))).toEqual(["teams/a/"]);
  });

  test("of a very long list twenty elements count", () => {
    const many = withClaims({ groups: Array.from({ length: 5_000 }, (_, n) => `team-${n}`) });
    expect(outcome([groups], many, under("teams/19/"))).toEqual(["teams/19/"]);
    expect(outcome([groups], many, under("teams/20/"))).toBe("no_grant");
  });

  test("a name that stands twice has one value", () => {
    const both = { claims: { groups: ["team-{team}"], lead: ["{team}"] }, prefix: "teams/${team}/" };
    const caller = (lead: string) => withClaims({ groups: ["team-a", "team-b"], lead });
    expect(outcome([both], caller("b"))).toEqual(["teams/b/"]);
    expect(outcome([both], caller("c"))).toBe("no_grant");
    const many = Array.from({ length: 100 }, (_, n) => `team-${n}`);
    expect(outcome([both], withClaims({ groups: many, lead: "77" }))).toEqual(["teams/77/"]);
  });

  test("of two long lists those that agree are found among all", () => {
    const grant = { claims: { groups: ["g:{x}"], roles: ["r:{x}"] }, prefix: "t/${x}/" };
    const groups = Array.from({ length: 1_000 }, (_, n) => `g:${n}`);
    const roles = Array.from({ length: 1_000 }, (_, n) => `r:${n + 999}`);
    expect(outcome([grant], withClaims({ groups, roles }))).toEqual(["t/999/"]);
  });

  test("never let the order of a list choose a tag for one folder", () => {
    const tagged = { ...groups, prefix: "t/", sessionTags: { team: "${team}" } };
    expect(outcome([tagged], withClaims({ groups: ["team-a"] }))).toEqual(["t/"]);
    for (const order of [
      ["team-a", "team-b"],
      ["team-b", "team-a"],
    ])
      expect(outcome([tagged], withClaims({ groups: order }))).toBe("no_grant");
  });

  test("make no prefix that is too long, and a percent sign before them is one all the same", () => {
    const encoded = { prefix: "t/%${claims.a}%${claims.a}/x/" };
    expect(outcome([encoded], withClaims({ a: "2e" }))).toEqual(["t/%2e%2e/x/"]);
    expect(outcome([{ prefix: "${claims.a}/" }], withClaims({ a: "a".repeat(1_024) }))).toBe("no_grant");
  });

  test("can also make tags and source identities", () => {
    const { attributes } = decide(
      [{ ...pods, sourceIdentity: "${namespace}.${name}", sessionTags: { ns: "${namespace}" } }],
      withClaims({}, "system:serviceaccount:data:ingest"),
    );
    expect(attributes).toEqual({ sourceIdentity: "data.ingest", sessionTags: { ns: "data" } });
  });

  test("of several segments stay in the folder that they are put into", () => {
    const projects = { claims: { path: ["{path...}"] }, prefix: "p/${path}/" };
    expect(outcome([projects], withClaims({ path: "group/sub/project" }))).toEqual(["p/group/sub/project/"]);
    for (const path of ["../x", "a/../b", "/a", "a/", "a//b", "."])
      expect(outcome([projects], withClaims({ path }))).toBe("no_grant");
  });
});

test("nested claims decide, and the warmer makes the same decision from the evidence", () => {
  const grant = {
    claims: { "/realm_access/roles": ["role-{role}"] },
    prefix: "${claims./org/id}/${role}/",
  };
  const claims = { realm_access: { roles: ["role-etl"], more: "x" }, org: { id: 7 }, email: "a@b.example" };
  const decision = decide([grant], withClaims(claims));
  expect(decision.scope.prefixes).toEqual(["7/etl/"]);
  expect(decision.evidence).toEqual({ realm_access: { roles: ["role-etl"] }, org: { id: 7 } });
  const again = decide([grant], { ...withClaims(decision.evidence), sourceIp: noCaller });
  expect(again.scope).toEqual(decision.scope);
});

test("a grant may be for callers of several issuers, and is for no other caller", () => {
  const grant = { issuer: ["corp", "partner"] };
  const of = (issuer: string) => outcome([grant], { principal: { ...alice, issuer } });
  expect([of("corp"), of("partner"), of("other")]).toEqual([[""], [""], "no_grant"]);
});
