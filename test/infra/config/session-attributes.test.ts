import { describe, expect, it } from "vitest";
import { ConfigError } from "../../../infra/config/faults.ts";
import { parseConfig } from "../../../infra/config/parse-config.ts";
import { warningsOf } from "../../../infra/config/warnings.ts";
import { changed, soundDocument } from "./document.ts";

const { lake } = soundDocument().storages;
const { secret, roleArn, ...place } = lake;
const all = { name: "all", issuer: "company", subject: "*", storage: "lake", permission: "READWRITE" };

function configWith(grant: object, storage: object = lake) {
  return parseConfig(changed({ "storages/lake": storage, grants: [{ ...all, ...grant }] }));
}

function faults(grant: object, storage?: object): string[] {
  try {
    configWith(grant, storage);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
}

const identityRule = expect.stringMatching(/^grants\[0\]\.sourceIdentity: must give 2 to 64/);
const keyRule = expect.stringMatching(/^grants\[0\]\.sessionTags: must have keys of 1 to 128/);

describe("a grant's source identity", () => {
  it.each(["somebody", "${claims.sub}", "a-${claims.https://corp.example/id}", "x".repeat(64)])(
    "may be %s",
    (sourceIdentity) => {
      expect(configWith({ sourceIdentity }).grants.all[0]).toMatchObject({ sourceIdentity });
    },
  );

  it.each(["x", "x".repeat(65), "a b", "a/b", "a:b", "..", "é1", "a\n"])(
    "may not be %j",
    (sourceIdentity) => {
      expect(faults({ sourceIdentity })).toEqual([identityRule]);
    },
  );
});

const templateRule =
  "must refer to claims as ${claims.name}, to captures of the conditions as ${name}, and to nothing else";

describe.each(["${sub}", "${aws:username}", "${claims.}"])("%s refers to nothing", (template) => {
  it.each([
    ["sourceIdentity", { sourceIdentity: `a${template}` }],
    ["sessionTags.team", { sessionTags: { team: template } }],
  ])("in %s", (place, change) => {
    expect(faults(change)).toEqual([`grants[0].${place}: ${templateRule}`]);
  });
});

describe("a grant's session tags", () => {
  it("have letters, digits and spaces of any language in keys and values", () => {
    const sessionTags = { "Kosten Stelle": "Zürich/7:a", tenant: "t=${claims.tenant}" };
    expect(configWith({ sessionTags }).grants.all[0]).toMatchObject({ sessionTags });
  });

  it.each([
    ["a key of 129 characters", { ["k".repeat(129)]: "v" }],
    ["an empty key", { "": "v" }],
    ["a key with a star", { "k*": "v" }],
    ["a key of AWS's own", { "AWS:team": "v" }],
    ["two keys that differ in case only", { team: "a", Team: "b" }],
  ])("may not have %s", (_what, sessionTags) => {
    expect(faults({ sessionTags })).toEqual([keyRule]);
  });

  it.each([
    ["an empty value", ""],
    ["a value of 257 characters", "x".repeat(257)],
    ["a star in a value", "a*"],
  ])("may not have %s", (_what, team) => {
    expect(faults({ sessionTags: { team } })).toEqual([
      expect.stringMatching(/^grants\[0\]\.sessionTags\.team: must (give 1 to 256|be 1 to)/),
    ]);
  });

  it("are at most 50", () => {
    const tags = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`t${i}`, "v"]));
    expect(faults({ sessionTags: tags(50) })).toEqual([]);
    expect(faults({ sessionTags: tags(51) })).toEqual(["grants[0].sessionTags: must have at most 50 tags"]);
  });

  it("lose none of their keys on the way", () => {
    const sessionTags = JSON.parse('{"__proto__":"v"}');
    expect(faults({ sessionTags })).toEqual(["grants[0].sessionTags.__proto__: is not known here"]);
  });
});

describe("a way that does not pass them on to STS is named, with those that could", () => {
  const ofWay = {
    "assume-role": lake,
    "federation-token": { ...place, secret },
    "session-token": { ...place, secret },
    "web-identity": { ...place, roleArn },
    static: { ...place, secret, acknowledgeLongTermKeys: true },
    none: place,
  };

  it.each([
    [
      "sourceIdentity",
      ["federation-token", "session-token", "web-identity", "static", "none"],
      "assume-role",
    ],
    ["sessionTags", ["session-token", "web-identity", "static", "none"], "federation-token or assume-role"],
  ])("for %s", (field, others, could) => {
    const attribute = { [field]: field === "sourceIdentity" ? "somebody" : { team: "data" } };
    for (const [issue, storage] of Object.entries(ofWay)) {
      const told = others.includes(issue)
        ? [`grants[0].${field}: cannot be passed to STS by ${issue}: use ${could}`]
        : [];
      expect(faults(attribute, { ...storage, issue })).toEqual(told);
    }
  });
});

describe("a storage's source identity", () => {
  it("is for sessions that are somebody's own", () => {
    const needs = [
      "storages.lake.sourceIdentity: needs sessions: per-principal, since a shared session belongs to no single caller",
    ];
    expect(faults({}, { ...lake, sourceIdentity: true })).toEqual(needs);
    expect(faults({}, { ...lake, sourceIdentity: true, sessions: "shared" })).toEqual(needs);
    expect(faults({}, { ...lake, sourceIdentity: true, sessions: "per-principal" })).toEqual([]);
  });

  it("is not known to other ways", () => {
    expect(faults({}, { ...place, secret, issue: "federation-token", sourceIdentity: true })).toEqual([
      "storages.lake.sourceIdentity: is not known here",
    ]);
  });
});

describe("the function's own role, without a secret", () => {
  const own = { ...place, roleArn, issue: "assume-role" };
  const elsewhere = (address: string) => ({ ...own, endpoint: address, stsEndpoint: address });

  it("is known to AWS and to what stands in for it on this machine", () => {
    expect(faults({}, own)).toEqual([]);
    expect(faults({}, elsewhere("http://127.0.0.1:4103"))).toEqual([]);
  });

  it("is not known to another store", () => {
    expect(faults({}, elsewhere("https://minio.example.com"))).toEqual([
      "storages.lake.secret: is required: an STS outside AWS does not know the function's own role",
    ]);
  });
});

describe("a warning", () => {
  const warnings = (...grants: object[]) => {
    const config = parseConfig(
      changed({ grants: grants.map((grant, i) => ({ ...all, name: `g${i}`, ...grant })) }),
    );
    return warningsOf(config).map(({ path, message }) => `${path} ${message}`);
  };

  it("is given for a claim that nothing requires, where it stands", () => {
    const attributes = {
      sourceIdentity: "${claims.email}",
      sessionTags: { of: "${claims.team}", tenant: "${claims.tenant}" },
    };
    expect(warnings(attributes)).toEqual(
      expect.arrayContaining([
        "grants[0].sourceIdentity refers to the claim email, which issuers.company does not require",
        "grants[0].sessionTags.of refers to the claim team, which issuers.company does not require",
      ]),
    );
    expect(warnings(attributes).filter((line) => line.includes("tenant"))).toEqual([]);
  });

  it("is not given for a grant behind one that fewer callers meet, for want of a claim", () => {
    const shadowed = (line: string) => line.includes("adds nothing");
    expect(warnings({ sessionTags: { of: "${claims.team}" } }, {}).some(shadowed)).toBe(false);
    expect(warnings({ sessionTags: { of: "data" } }, {}).some(shadowed)).toBe(true);
  });

  it("is given for a literal claim that can never be put in", () => {
    expect(warnings({ claims: { team: "a/b" }, sessionTags: { of: "${claims.team}" } })).toContainEqual(
      expect.stringMatching(/^grants\[0\]\.claims\.team can never match/),
    );
  });
});
