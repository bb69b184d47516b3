import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../infra/config/parse-config.ts";
import { warningsOf } from "../../../infra/config/warnings.ts";
import { changed, soundDocument } from "./document.ts";

const all = { issuer: "company", storage: "lake", permission: "READWRITE" };
const plainUsed = { name: "plain", ...all, subject: "*", storage: "plain" };

/** Warnings of these grants on the storage `lake`. */
function warnings(...grants: object[]): string[] {
  const named = grants.map((grant, index) => ({ name: `g${index}`, ...all, ...grant }));
  const config = parseConfig(changed({ grants: [...named, plainUsed] }));
  return warningsOf(config).map(({ path, message }) => `${path} ${message}`);
}

const shadowed = [expect.stringMatching(/^grants\[1\] adds nothing: g0 allows all of it$/)];

describe("a warning", () => {
  it("is not looked for in what every object has", () => {
    for (const name of ["constructor", "toString", "__proto__"])
      expect(warnings({ subject: "*", prefix: `t/\${claims.${name}}/` })).not.toContainEqual(
        expect.stringMatching(/no template accepts/),
      );
  });

  it("is given for a storage that hands out its long-term key", () => {
    const entry = {
      bucket: "lake",
      region: "eu-west-1",
      issue: "static",
      secret: "s",
      acknowledgeLongTermKeys: true,
    };
    const config = parseConfig(changed({ "storages/plain": entry, "grants/1": plainUsed }));
    expect(warningsOf(config)).toMatchObject([{ path: "storages.plain" }]);
  });

  const place = { bucket: "lake", endpoint: "https://s3.example.com", stsEndpoint: "https://s3.example.com" };
  const role = { ...place, issue: "assume-role", roleArn: "arn:xxx:xxx:xxx:xxxx", secret: "keyvend/plain" };
  const kmsKeyArn = "arn:aws:kms:eu-central-1:111122223333:key/1234";
  it.each([
    [
      "minio",
      { ...place, issue: "session-token", secret: "s" },
      /^storages\.plain\.issue was seen to be refused/,
    ],
    ["seaweedfs", { ...place, issue: "session-token", secret: "s" }, /^storages\.plain\.issue .* seaweedfs/],
    ["minio", { ...place, issue: "federation-token", secret: "s" }, /^storages\.plain\.issue .* refused/],
    ["ceph", { ...place, issue: "federation-token", secret: "s" }, /^storages\.plain\.issue .* refused/],
    [
      "minio",
      { ...role, kmsKeyArn },
      /^storages\.plain\.kmsKeyArn was seen to be refused by the STS of minio/,
    ],
    ["ceph", { ...role, kmsKeyArn }, /^storages\.plain\.kmsKeyArn .* refused/],
    ["ceph", { ...role, externalId: "x1" }, /^storages\.plain\.externalId .* ignored/],
    ["seaweedfs", { ...role, kmsKeyArn }, /^storages\.plain\.kmsKeyArn was seen to be ignored by seaweedfs/],
    [
      "minio",
      { ...role, externalId: "some" },
      /^storages\.plain\.externalId was seen to be ignored by minio/,
    ],
    [
      "ceph",
      { ...role, sessions: "per-principal", sourceIdentity: true },
      /^storages\.plain\.sourceIdentity was seen to be ignored by ceph/,
    ],
  ])("is given for what %s was seen to ignore or refuse: %j", (store, entry, warning) => {
    const told = (change: object) =>
      warningsOf(
        parseConfig(changed({ "storages/plain": { ...entry, ...change }, "grants/1": plainUsed })),
      ).map(({ path, message }) => `${path} ${message}`);
    expect(told({ store })).toEqual([expect.stringMatching(warning)]);
    expect(told({ store: "other" })).toEqual([]);
    expect(told({})).toEqual([]);
  });

  it("is given for a group of operations that a store was seen to refuse in every policy", () => {
    const told = (store: string, also: string[]) =>
      warningsOf(
        parseConfig(
          changed({ "storages/plain": { ...role, store }, "grants/1": { ...plainUsed, prefix: "t/", also } }),
        ),
      ).map(({ path, message }) => `${path} ${message}`);
    expect(told("ceph", ["tags", "attributes"])).toEqual([
      "grants[1].also has attributes, which was seen to be refused by the STS of ceph, so that nothing is issued",
    ]);
    expect(told("ceph", ["tags", "folder"])).toEqual([]);
    expect(told("minio", ["attributes"])).toEqual([]);
  });

  it("is given for the tags of a grant on a store that ignores them", () => {
    const tagged = { ...plainUsed, sessionTags: { team: "a" }, sourceIdentity: "someone" };
    const document = changed({ "storages/plain": { ...role, store: "minio" }, "grants/1": tagged });
    expect(warningsOf(parseConfig(document)).map(({ path }) => path)).toEqual([
      "grants[1].sourceIdentity",
      "grants[1].sessionTags",
    ]);
  });

  it("is given for the global STS and a region that an account opts into", () => {
    const warned = (region: string, stsEndpoint: string) =>
      warningsOf(
        parseConfig(
          changed({
            "storages/plain/region": region,
            "storages/plain/stsEndpoint": stsEndpoint,
            "grants/1": plainUsed,
          }),
        ),
      ).map(({ path, message }) => `${path} ${message}`);
    const told = [
      expect.stringMatching(/^storages\.plain\.stsEndpoint is the global one.*: leave it out, or give/),
    ];
    for (const region of ["eu-south-1", "ap-east-1", "me-central-1", "ap-southeast-3"])
      expect(warned(region, "https://sts.amazonaws.com")).toEqual(told);
    expect(warned("eu-central-1", "https://sts.amazonaws.com")).toEqual([]);
    expect(warned("eu-south-1", "https://sts.eu-south-1.amazonaws.com")).toEqual([]);
  });

  it("is given for a storage that nobody may use", () => {
    expect(warningsOf(parseConfig(changed({})))).toMatchObject([{ path: "storages.plain" }]);
  });

  it.each([
    ["the same", { subject: "*" }, { subject: "*" }],
    ["a narrower subject", { subject: "repo:*" }, { subject: ["repo:a", "repo:b*"] }],
    ["a narrower prefix", { subject: "*" }, { subject: "a", prefix: "tenants/${claims.tenant}/" }],
    [
      "a narrower permission",
      { subject: "*", maxDurationSeconds: 3_600 },
      { subject: "a", permission: "READ", maxDurationSeconds: 1_800 },
    ],
    ["one more condition", { claims: { team: "a*" } }, { claims: { team: "ab", role: "c" } }],
    ["anyone", { subject: "*" }, { claims: { team: "a" } }],
    ["fewer operations", { subject: "*", also: ["tags", "folder"] }, { subject: "a", also: ["tags"] }],
  ])("is given for a grant behind one that covers it: %s", (_what, earlier, later) => {
    expect(warnings(earlier, later)).toEqual(shadowed);
  });

  it("is given for a grant before one that covers it", () => {
    expect(warnings({ subject: "a", prefix: "t1/" }, { subject: "*" })).toEqual([
      "grants[0] adds nothing: g1 allows all of it",
    ]);
    // If both grants fit, a decision takes the first, and STS gets the tags of the first.
    const tagged = { subject: "a", sessionTags: { team: "a" } };
    expect(warnings(tagged, { subject: "*", sessionTags: { team: "all" } })).toEqual([]);
  });

  it.each([
    ["a wider subject", { subject: "repo:a" }, { subject: ["repo:a", "repo:b"] }],
    ["a sibling prefix", { subject: "*", prefix: "t1/" }, { subject: "*", prefix: "t10/" }],
    ["another permission", { subject: "*", permission: "READ" }, { subject: "*", permission: "WRITE" }],
    ["a longer life", { subject: "*", maxDurationSeconds: 1_800 }, { subject: "*" }],
    ["one condition less", { claims: { team: "a", role: "b" } }, { claims: { team: "a" } }],
    ["a claim that need not be there", { claims: { team: "*" } }, { subject: "*" }],
    ["one operation more", { subject: "*", also: ["tags"] }, { subject: "a", also: ["tags", "versions"] }],
    ["an audit before it", { subject: "*", mode: "audit" }, { subject: "*" }],
    ["a star against a literal", { subject: "a" }, { subject: "*" }],
  ])("is not given for a grant that adds something: %s", (_what, earlier, later) => {
    const relevant = warnings(earlier, later).filter((line) => line.startsWith("grants[1] adds nothing"));
    expect(relevant).toEqual([]);
  });

  it.each([
    [
      "another issuer's iss",
      { claims: { iss: "https://other.example.com*" } },
      /^grants\[0\]\.claims\.iss can never match/,
    ],
    [
      "two subjects at once",
      { subject: "a", claims: { sub: "b*" } },
      /^grants\[0\]\.claims\.sub can never match/,
    ],
    [
      "a value that may not stand in a prefix",
      { claims: { tenant: "a/b" }, prefix: "${claims.tenant}/" },
      /^grants\[0\]\.claims\.tenant can never match/,
    ],
  ])("is given for a grant that can never match: %s", (_what, grant, warning) => {
    expect(warnings(grant)).toEqual([expect.stringMatching(warning)]);
  });

  it("is given for a template over a claim that nothing requires", () => {
    expect(warnings({ subject: "*", prefix: "${claims.team}/" })).toEqual([
      "grants[0].prefix refers to the claim team, which issuers.company does not require",
    ]);
    expect(warnings({ subject: "*", prefix: "${claims.tenant}/" })).toEqual([]);
    expect(warnings({ claims: { team: "*" }, prefix: "${claims.team}/" })).toEqual([]);
  });

  describe("is given for a group that shows names of another grant:", () => {
    const whole = "the names of what others have under the grant g1";
    const acme = { subject: "acme", prefix: "tenants/acme/" };
    const beta = (prefix: string) => ({ subject: "beta", prefix });
    const cases: [string, object, object, string[]][] = [
      ["folder", { also: ["folder"] }, beta("tenants/acme-test/"), [whole]],
      ["folder", { also: ["folder"] }, beta("tenants/acme2/raw/"), [whole]],
      ["folder", { also: ["tags", "folder"] }, beta("tenants/acme-${claims.tenant}/"), [whole]],
      ["folder", { also: ["folder"] }, beta("tenants/${claims.tenant}/"), [whole]],
      ["folder", { also: ["folder"] }, beta("tenants/acme/${claims.tenant}/"), []],
      ["folder", { also: ["folder"] }, beta("tenants/acme/raw/"), []],
      ["folder", { also: ["folder"] }, beta("tenants/acm/"), []],
      ["folder", { also: ["folder"] }, beta("other/${claims.tenant}/"), []],
      ["uploads", { also: ["uploads"] }, beta("elsewhere/"), [whole]],
      ["bucket-check", { also: ["bucket-check"] }, beta("${claims.tenant}/"), [whole]],
      ["bucket-check", { also: ["bucket-check"] }, beta("tenants/acme/raw/"), []],
      ["tags", { also: ["tags"] }, beta("tenants/acme-test/"), []],
      [
        "folder, acknowledged",
        { also: ["folder"], acknowledgeVisibleNames: true },
        beta("tenants/acme-test/"),
        [],
      ],
      ["folder, to the same callers", { also: ["folder"] }, { ...acme, prefix: "tenants/acme-test/" }, []],
    ];
    it.each(cases)("%s, %j, beside %j", (_group, change, other, names) => {
      const found = warnings({ ...acme, ...change }, other).filter((line) => /shows callers/.test(line));
      expect(found).toEqual(
        names.map((what) =>
          expect.stringMatching(
            new RegExp(
              `^grants\\[0\\]\\.also shows callers by \\S+ ${what}: .*acknowledgeVisibleNames: true`,
            ),
          ),
        ),
      );
    });

    it("of the same bucket, by whatever storage, and of no other", () => {
      const found = (bucket: string) => {
        const entry = { ...soundDocument().storages.lake, bucket };
        const config = parseConfig(
          changed({
            "storages/other": entry,
            grants: [
              { ...all, name: "g0", ...acme, also: ["folder"] },
              { ...all, name: "g1", ...beta("acme-test/"), storage: "other" },
              plainUsed,
            ],
          }),
        );
        return warningsOf(config).filter(({ message }) => /shows callers/.test(message));
      };
      expect(found("lake/tenants")).toHaveLength(1);
      expect(found("pond/tenants")).toEqual([]);
    });
  });

  describe("is given for grants of the same callers and prefix whose groups leave none that is widest:", () => {
    const t1 = { subject: "a", prefix: "t1/" };
    it.each([
      [{ also: ["folder"] }, { also: ["tags"] }, true],
      [{ also: ["folder"], permission: "READ" }, { also: ["tags"] }, true],
      [{ also: ["folder", "tags"] }, { also: ["tags"], permission: "READ" }, false],
      [{ also: ["folder"], permission: "READ" }, { also: ["tags"], permission: "WRITE" }, false],
      [{ also: ["folder"], permission: "READ" }, {}, false],
      [{ also: ["folder"] }, { also: ["tags"], subject: "b" }, false],
      [{ also: ["folder"] }, { also: ["tags"], mode: "audit" }, false],
      [{ also: ["folder"], prefix: "" }, { also: ["tags"], prefix: "" }, false],
      [{ also: ["folder"], acknowledgeVisibleNames: true }, { also: ["tags"], prefix: "t1-x/" }, false],
      [
        { also: ["versions"], prefix: "${claims.tenant}/" },
        { also: ["tags"], prefix: "${claims.tenant}/" },
        true,
      ],
    ])("%j beside %j: %j", (one, other, isTold) => {
      const found = warnings({ ...t1, ...one }, { ...t1, ...other }).filter((line) => /widest/.test(line));
      expect(found).toEqual(
        isTold
          ? [
              "grants[1].also leaves callers none that is widest: g0 adds other operations for the same callers and prefix; join the two grants",
            ]
          : [],
      );
    });
  });

  it("is given for a grant that promises longer than its storage", () => {
    expect(warnings({ subject: "*", maxDurationSeconds: 7_200 })).toEqual([
      "grants[0].maxDurationSeconds is above 3600, the limit of its storage, which caps it",
    ]);
  });
});
