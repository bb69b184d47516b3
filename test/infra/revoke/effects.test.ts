import { describe, expect, test } from "vitest";
import { type Ended, effectsOf } from "../../../infra/revoke/effects.ts";
import type { Identity, OutOfReach } from "../../../infra/revoke/identities.ts";
import { narrowingsTo } from "../../../infra/revoke/narrowing.ts";
import type { Grant } from "../../../shared/core/grant.ts";
import { sessionName } from "../../../shared/core/session-name.ts";
import type { Storage, Way } from "../../../shared/core/storage.ts";
import type { VendingStorage } from "../../../shared/core/ways.ts";
import { alice, configOf, sampleGrant, sampleStorage } from "../../vending/samples.ts";

const ofAlice = { kind: "principal", name: "alice", issuer: "corp" } as const;
const role: Identity = { kind: "role", name: "lake" };
const user: Identity = { kind: "user", name: "lake-owner" };

function effects(
  ended: Ended,
  storages: readonly Storage[],
  grants: readonly Grant[],
  found: Record<string, Identity | OutOfReach>,
) {
  return effectsOf(ended, configOf(storages, grants), new Map(Object.entries(found)));
}

describe("AWS can tell a principal's sessions", () => {
  const narrowed = (way: Way, storage: object, grant: Partial<Grant> = {}, others: Partial<Grant>[] = []) => {
    const one = sampleStorage(way, storage);
    const grants = [grant, ...others].map((each, n) => sampleGrant({ name: `grant-${n}`, ...each }));
    return narrowingsTo({ issuer: "corp", subject: "alice" }, one, configOf([one], grants));
  };

  test.each(["assume-role", "federation-token"] as const)(
    "by the session's name, where each has its own: %s",
    (way) => {
      const storage = sampleStorage(way, { sessions: "per-principal" }) as VendingStorage;
      expect(narrowed(way, { sessions: "per-principal" })).toEqual([
        { key: "aws:userid", value: `*:${sessionName(storage, alice)}` },
      ]);
    },
  );

  test("by the session's name, where STS judges the caller's own token", () => {
    expect(narrowed("web-identity", { sessions: "per-principal" })?.[0]?.key).toBe("aws:userid");
  });

  test("not by a name, where the call takes none", () => {
    expect(narrowed("session-token", { sessions: "per-principal" })).toBeUndefined();
  });

  test.each<[string, Partial<Grant>, unknown]>([
    [
      "a source identity that is the subject",
      { sourceIdentity: "${claims.sub}" },
      { key: "aws:SourceIdentity", value: "alice" },
    ],
    [
      "a tag that has the subject in it",
      { sessionTags: { team: "data", who: "u-${claims.sub}" } },
      { key: "aws:PrincipalTag/who", value: "u-alice" },
    ],
    [
      "what is captured of the whole subject",
      { subject: ["{name}"], sessionTags: { who: "${name}" } },
      { key: "aws:PrincipalTag/who", value: "alice" },
    ],
  ])("by %s", (_, grant, narrowing) => {
    expect(narrowed("assume-role", {}, grant)).toEqual([narrowing]);
  });

  test.each<[string, Partial<Grant>, Way]>([
    ["nothing", {}, "assume-role"],
    ["a tag that others have, too", { sessionTags: { team: "data" } }, "assume-role"],
    ["a tag of another claim", { sessionTags: { team: "${claims.team}" } }, "assume-role"],
    [
      "a part of the subject",
      { subject: ["{name}@*", "alice"], sessionTags: { who: "${name}" } },
      "assume-role",
    ],
    [
      "one of two parts of the subject",
      { subject: ["{a}l{b}"], sessionTags: { who: "${a}" } },
      "assume-role",
    ],
    ["a source identity, where the call takes none", { sourceIdentity: "${claims.sub}" }, "federation-token"],
  ])("not by %s", (_, grant, way) => {
    expect(narrowed(way, {}, grant)).toBeUndefined();
  });

  test("only if each grant that may be its own says it", () => {
    const telling = { sourceIdentity: "${claims.sub}" };
    expect(narrowed("assume-role", {}, telling, [{}])).toBeUndefined();
    expect(
      narrowed("assume-role", {}, telling, [
        { issuer: ["partner"] },
        { subject: ["bob"] },
        { mode: "audit" },
      ]),
    ).toHaveLength(1);
  });
});

describe("the effect of a revocation", () => {
  const lake = sampleStorage("assume-role");

  test("is on the storages on which there may be sessions of the target, and no others", () => {
    const storages = [
      lake,
      sampleStorage("assume-role", { name: "other" }),
      sampleStorage("none", { name: "own" }),
    ];
    const grants = [
      sampleGrant(),
      sampleGrant({ name: "of-others", storage: "other", subject: ["bob"] }),
      sampleGrant({ name: "own", storage: "own" }),
    ];
    const named = (ended: Ended) => effects(ended, storages, grants, {}).map(({ storage }) => storage.name);
    expect(named(ofAlice)).toEqual(["lake"]);
    expect(named({ kind: "grant", name: "of-others" })).toEqual(["other"]);
    expect(named({ kind: "storage", name: "other" })).toEqual(["other"]);
    expect(named({ kind: "access-key", name: "ASIA", sessions: [{ storage: "lake" }] })).toEqual(["lake"]);
  });

  test("hits nobody else where AWS can tell the sessions", () => {
    const storage = sampleStorage("assume-role", { sessions: "per-principal" });
    expect(effects(ofAlice, [storage], [sampleGrant()], { lake: role })).toEqual([
      { storage, identity: role, narrowings: [expect.objectContaining({ key: "aws:userid" })], flush: [] },
    ]);
  });

  test("on shared sessions hits all of the storage, by the name that they share", () => {
    const grants = [sampleGrant(), sampleGrant({ name: "more" })];
    expect(effects(ofAlice, [lake], grants, { lake: role })).toEqual([
      {
        storage: lake,
        identity: role,
        narrowings: [{ key: "aws:userid", value: "*:keyvend-lake" }],
        hits: [
          "whatever was vended by the grant data-lake of lake",
          "whatever was vended by the grant more of lake",
        ],
        flush: [{ kind: "storage", name: "lake" }],
      },
    ]);
  });

  test("of the only grant of a storage hits no other, and needs no consent", () => {
    const [effect] = effects({ kind: "grant", name: "data-lake" }, [lake], [sampleGrant()], { lake: role });
    expect(effect).toMatchObject({ narrowings: [{ value: "*:keyvend-lake" }] });
    expect(effect).not.toHaveProperty("hits");
  });

  test("on a user whose sessions have no name hits all of the user, whichever storage they are of", () => {
    const one = sampleStorage("session-token");
    const two = sampleStorage("federation-token", { name: "two" });
    const grants = [sampleGrant(), sampleGrant({ name: "of-two", storage: "two" })];
    const [effect] = effects({ kind: "storage", name: "lake" }, [one, two], grants, {
      lake: user,
      two: user,
    });
    expect(effect).toEqual({
      storage: one,
      identity: user,
      hits: ["all sessions of the storage two", "whatever was vended by the grant of-two of two"],
      flush: [
        { kind: "storage", name: "lake" },
        { kind: "storage", name: "two" },
      ],
    });
    const [ofTwo] = effects({ kind: "storage", name: "two" }, [one, two], grants, { lake: user, two: user });
    expect(ofTwo).toMatchObject({ narrowings: [{ value: "*:keyvend-two" }] });
    expect(ofTwo).not.toHaveProperty("hits");
  });

  test("of one principal on such a user also says that others may use the user", () => {
    const [effect] = effects(ofAlice, [sampleStorage("session-token")], [sampleGrant()], { lake: user });
    expect(effect?.hits?.at(-1)).toContain("also those that keyvend has not vended");
  });

  test("of a vended session is on its name, where that is somebody's own; else on all of the storage", () => {
    const own = sampleStorage("assume-role", { sessions: "per-principal" });
    const ended: Ended = {
      kind: "access-key",
      name: "ASIA",
      sessions: [{ storage: "lake", sessionName: "alice-x" }],
    };
    expect(effects(ended, [own], [sampleGrant()], { lake: role })).toEqual([
      {
        storage: own,
        identity: role,
        narrowings: [{ key: "aws:userid", value: "*:alice-x" }],
        flush: [{ kind: "session-name", name: "alice-x" }],
      },
    ]);
    expect(effects(ended, [lake], [sampleGrant()], { lake: role })[0]).toMatchObject({
      narrowings: [{ value: "*:keyvend-lake" }],
      hits: ["whatever was vended by the grant data-lake of lake"],
    });
  });

  test("says why no Deny can end sessions", () => {
    const found = { lake: { why: "has its sessions from minio" } };
    expect(effects(ofAlice, [lake], [sampleGrant()], found)).toEqual([
      { storage: lake, outOfReach: found.lake, flush: [] },
    ]);
  });
});
