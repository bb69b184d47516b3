import { describe, expect, test } from "vitest";
import type { ErrorCode } from "../../shared/contract.ts";
import type { Ask } from "../../shared/core/ask.ts";
import { authorize, grantsFor } from "../../shared/core/authorize.ts";
import { VendError } from "../../shared/core/errors.ts";
import type { Grant } from "../../shared/core/grant.ts";
import type { Principal } from "../../shared/core/principal.ts";
import type { Storage } from "../../shared/core/storage.ts";
import { configOf, sampleGrant, sampleStorage, alice as someone } from "../vending/samples.ts";

const alice: Principal = { ...someone, claims: { team: "data" } };
const forData = { team: ["data"] };
const lake = sampleStorage("assume-role");
const all: Ask = { storage: "lake" };
const at = (...prefixes: string[]): Ask => ({
  ...all,
  targets: prefixes.map((prefix) => ({ bucket: "lake", prefix })),
});

function decide(grants: Partial<Grant>[], ask = all, principal: Principal = alice, storage: Storage = lake) {
  const named = grants.map((grant, index) =>
    sampleGrant({ name: `grant-${index}`, claims: forData, ...grant }),
  );
  return authorize(configOf([storage], named), { principal, now: 0, sourceIp: undefined }, ask);
}

/** The scope, or the code of the refusal. */
function outcome(...request: Parameters<typeof decide>) {
  try {
    const { scope, grant } = decide(...request);
    return { by: grant, prefixes: scope.prefixes, permission: scope.permission };
  } catch (error) {
    if (error instanceof VendError) return error.code;
    throw error;
  }
}

const refused = (code: ErrorCode) => code;

describe("a grant is for its principals", () => {
  const reaches = (grant: Partial<Grant>, principal: Partial<Principal>) =>
    outcome([grant], all, { ...alice, ...principal }) !== refused("no_grant");

  test("of its issuer, by the name in the configuration and not by what the token says", () => {
    expect(reaches({ claims: {} }, { issuer: "partner" })).toBe(false);
    expect(reaches({ claims: {} }, { issuer: "partner", claims: { issuer: "corp", iss: "corp" } })).toBe(
      false,
    );
  });

  test("with any subject where the grant names none, otherwise with a subject that matches a pattern", () => {
    const subject = ["bob", "ali*"];
    expect(reaches({}, {})).toBe(true);
    expect(reaches({ subject }, {})).toBe(true);
    expect(reaches({ subject }, { subject: "bob" })).toBe(true);
    expect(reaches({ subject }, { subject: "bobby" })).toBe(false);
    expect(reaches({ subject: [] }, {})).toBe(false);
  });

  test.each<[string, readonly string[], unknown, boolean]>([
    ["a literal", ["data"], "data", true],
    ["another text", ["data"], "database", false],
    ["a glob", ["data-*"], "data-eng", true],
    ["a glob, anchored", ["data-*"], "big-data-eng", false],
    ["any of a list", ["ops", "data"], "data", true],
    ["an element of an array", ["data"], ["ops", "data"], true],
    ["no element of an array", ["data"], ["ops", "database"], false],
    ["an empty array, even for a star", ["*"], [], false],
    ["an array in an array", ["data"], [["data"]], false],
    ["a boolean", ["true"], true, true],
    ["the other boolean", ["true"], false, false],
    ["a number", ["7"], 7, true],
    ["a number, even for a star", ["*"], 7, false],
    ["a fraction", ["0.5"], 0.5, false],
    ["the largest number that JSON's reader never rounds", ["9007199254740991"], 9007199254740991, true],
    ["a number that may have been rounded", ["9007199254740992"], 2 ** 53, false],
    ["an object, even for a star", ["*"], { data: true }, false],
    ["an object that reads like the pattern", ["data"], { toString: () => "data" }, false],
    ["null, even for a star", ["*", "null"], null, false],
    ["a missing claim, even for a star", ["*", "undefined"], undefined, false],
    ["an empty text for a star", ["*"], "", true],
  ])("by a claim: %s", (_, patterns, team, matched) => {
    expect(reaches({ claims: { team: patterns } }, { claims: { team } })).toBe(matched);
  });

  test("only if all claims match, and not one alone", () => {
    const claims = { team: ["data"], email_verified: ["true"] };
    expect(reaches({ claims }, { claims: { team: "data", email_verified: true } })).toBe(true);
    expect(reaches({ claims }, { claims: { team: "data", email_verified: false } })).toBe(false);
    expect(reaches({ claims }, { claims: { team: "data" } })).toBe(false);
  });

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty"])(
    "never by %s, which every object has and no token holds",
    (name) => {
      const claims = JSON.parse(`{"${name}":["*"]}`);
      const inherited = Object.create(JSON.parse(`{"team":"data"}`), {});
      expect(Object.keys(claims)).toEqual([name]);
      expect(reaches({ claims }, {})).toBe(false);
      expect(reaches({ claims: { team: ["data"] } }, { claims: inherited })).toBe(false);
      expect(reaches({ claims }, { claims: JSON.parse(`{"${name}":"said"}`) })).toBe(true);
    },
  );
});

describe("a grant reaches its folder", () => {
  test("under the storage's own", () => {
    const storage = sampleStorage("assume-role", { prefix: "tables/" });
    expect(outcome([{ prefix: "t1/" }], all, alice, storage)).toMatchObject({ prefixes: ["tables/t1/"] });
    expect(outcome([{ prefix: "" }], all, alice, storage)).toMatchObject({ prefixes: ["tables/"] });
    expect(outcome([{ prefix: "t1/" }], at("t1/"), alice, storage)).toBe("no_grant");
  });

  test("by the caller's claims, and by nothing else that a claim may hold", () => {
    const grant = { prefix: "teams/${claims.team}/" };
    expect(outcome([grant])).toMatchObject({ prefixes: ["teams/data/"] });
    expect(outcome([grant], at("teams/other/"))).toBe("no_grant");
    for (const team of ["..", "a/b", "*", "${aws:username}", "", "\uff0e\uff0e", ["data"], {}, 0.5, 2 ** 53])
      expect(outcome([{ ...grant, claims: {} }], all, { ...alice, claims: { team } })).toBe("no_grant");
  });

  test("and no other: not its sibling, not its parent, not another bucket", () => {
    const grant = { prefix: "t1/" };
    for (const prefix of ["t10/", "t/", "", "x/t1/"]) expect(outcome([grant], at(prefix))).toBe("no_grant");
    expect(outcome([grant], { ...all, targets: [{ bucket: "pond", prefix: "t1/" }] })).toBe("no_grant");
    expect(outcome([grant], at("t1/", "t2/"))).toBe("no_grant");
  });

  test("and two grants are never added up for one request", () => {
    expect(outcome([{ prefix: "t1/" }, { prefix: "t2/" }], at("t1/", "t2/"))).toBe("no_grant");
    const halves: Partial<Grant>[] = [{ permission: "READ" }, { permission: "WRITE" }];
    expect(outcome(halves, { ...all, permission: "READWRITE" })).toBe("no_grant");
  });
});

describe("of several grants, the request gets", () => {
  const t1: Partial<Grant> = { prefix: "t1/" };
  const t2: Partial<Grant> = { prefix: "t2/" };

  test("the one that covers the target", () => {
    expect(outcome([t1, t2], at("t2/a/"))).toEqual({
      by: "grant-1",
      prefixes: ["t2/a/"],
      permission: "READWRITE",
    });
  });

  test("none without a target: the caller is told to choose", () => {
    expect(outcome([t1, t2])).toBe("choose_target");
    expect(outcome([t1, t2, t1])).toBe("choose_target");
    expect(outcome([{ permission: "READ" }, { permission: "WRITE" }])).toBe("choose_target");
  });

  test("none where they differ in what they add: the caller is told what helps", () => {
    const grants: Partial<Grant>[] = [
      { ...t1, also: ["folder"] },
      { ...t1, also: ["tags"] },
    ];
    const message = (ask: Ask) => {
      try {
        return decide(grants, ask).grant;
      } catch (error) {
        return String(error);
      }
    };
    const named = "name a target and a permission";
    const joined =
      "Several grants allow this and differ in the operations that they add: the operator has to join them";
    expect(message(all)).toContain(named);
    expect(message(at("t1/"))).toContain(named);
    expect(message({ ...all, permission: "READ" })).toContain(named);
    expect(message({ ...at("t1/"), permission: "READ" })).toContain(joined);
    expect(message({ ...at("t1/"), permission: "WRITE" })).toBe("grant-1");
  });

  test("the only one without a target", () => {
    expect(outcome([t1, { ...t2, claims: { team: ["ops"] } }])).toMatchObject({
      by: "grant-0",
      prefixes: ["t1/"],
    });
  });

  test("the one that covers the others, whatever their order", () => {
    const read: Partial<Grant> = { prefix: "t1/", permission: "READ" };
    expect(outcome([read, t1])).toMatchObject({ by: "grant-1", permission: "READWRITE" });
    expect(outcome([t1, read])).toMatchObject({ by: "grant-0", permission: "READWRITE" });
    expect(
      outcome([
        { ...t1, permission: "READ" },
        { prefix: "", permission: "READ" },
      ]),
    ).toMatchObject({
      by: "grant-1",
      prefixes: [""],
    });
  });

  test("the one that may last longest, where they cover the same", () => {
    const grants = [3_600, 7_200, 1_800].map((maxDurationSeconds) => ({ maxDurationSeconds }));
    expect(decide(grants, { ...all, durationSeconds: 7_200 })).toMatchObject({
      grant: "grant-1",
      durationSeconds: 7_200,
    });
  });
});

describe("a grant in audit", () => {
  test("grants nothing", () => {
    expect(outcome([{ mode: "audit" }])).toBe("no_grant");
    expect(
      grantsFor(
        configOf([lake], [sampleGrant({ claims: forData, mode: "audit" })]),
        { principal: alice, now: 0, sourceIp: undefined },
        lake,
      ),
    ).toEqual([]);
  });

  test("takes nothing from other grants, and makes no caller choose", () => {
    expect(outcome([{ mode: "audit", prefix: "t1/" }, { prefix: "t2/" }])).toMatchObject({
      prefixes: ["t2/"],
    });
  });
});

describe("a storage with a way that cannot scope", () => {
  test.each([sampleStorage("session-token"), sampleStorage("static")] as const)(
    "never pretends to: $issue",
    (storage) => {
      const whole = { by: "grant-0", prefixes: [""], permission: "READWRITE" };
      expect(outcome([{}], all, alice, storage)).toEqual(whole);
      expect(outcome([{}], { ...at(""), permission: "READWRITE" }, alice, storage)).toEqual(whole);
      expect(outcome([{}], at("t1/"), alice, storage)).toBe("not_scopable");
      expect(outcome([{}], { ...all, permission: "READ" }, alice, storage)).toBe("not_scopable");
    },
  );

  test("does not tell its name to a caller without a grant on it", () => {
    const storage = sampleStorage("session-token");
    expect(outcome([{ claims: { team: ["ops"] } }], at("t1/"), alice, storage)).toBe("no_grant");
  });
});

test("a storage that is unknown and one without a grant are refused alike", () => {
  const refusal = (storage: string) => {
    try {
      return decide([{ claims: { team: ["ops"] } }], { storage });
    } catch (error) {
      return error as VendError;
    }
  };
  expect(refusal("lake")).toEqual(refusal("no-such-storage"));
  expect(refusal("lake")).toMatchObject({ code: "no_grant", cause: undefined });
  for (const name of ["__proto__", "constructor", ""])
    expect(refusal(name)).toMatchObject({ code: "no_grant" });
});

describe("the duration", () => {
  test("is what was asked for, capped by grant, storage and STS", () => {
    const storage = sampleStorage("assume-role", { maxDurationSeconds: 7_200 });
    const duration = (grant: number, asked: number, from: Storage = storage) => {
      const { durationSeconds, cappedBy } = decide(
        [{ maxDurationSeconds: grant }],
        { ...all, durationSeconds: asked },
        alice,
        from,
      );
      return [durationSeconds, cappedBy];
    };
    expect(duration(43_200, 3_600)).toEqual([3_600, undefined]);
    expect(duration(1_800, 3_600)).toEqual([1_800, "grant"]);
    expect(duration(43_200, 9_000)).toEqual([7_200, "storage"]);
    const { secret: _, ...chained } = sampleStorage("assume-role");
    expect(duration(43_200, 9_000, chained)).toEqual([3_600, "sts"]);
  });
});

test("the evidence holds the claims that the decision rests on, and no others", () => {
  const claims = { team: "data", tenant: "acme", email: "alice@corp.example" };
  const { evidence } = decide([{ prefix: "${claims.tenant}/" }], all, { ...alice, claims });
  expect(evidence).toEqual({ team: "data", tenant: "acme" });
  const again = decide([{ prefix: "${claims.tenant}/" }], all, { ...alice, claims: evidence });
  expect(again.scope.prefixes).toEqual(["acme/"]);
});
