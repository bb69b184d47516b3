import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../../infra/config/faults.ts";
import { newApiToken } from "../../../infra/config/new-token.ts";
import { parseConfig } from "../../../infra/config/parse-config.ts";
import { checkDocument, loadVendingYaml, readVendingYaml } from "../../../infra/config/vending-yaml.ts";
import { warningsOf } from "../../../infra/config/warnings.ts";
import { createApiTokenVerifier } from "../../../shared/identity/api-tokens.ts";
import { changed, soundDocument } from "./document.ts";
import { fileWith } from "./files.ts";

const now = Date.parse("2026-11-22T15:00:00Z");
const sha256 = createHash("sha256").update("kvt_known").digest("hex");
const inDays = (days: number) => new Date(now + days * 86_400_000).toISOString();
const token = { sha256, expires: inDays(90) };
const [grant] = soundDocument().grants;

const linesOf = (found: readonly { path: string; message: string }[]) =>
  found.map(({ path, message }) => `${path}: ${message}`);

function faults(changes: Record<string, unknown>): string[] {
  try {
    parseConfig(changed(changes), now);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return linesOf(error.faults);
    throw error;
  }
}

/** A document with an AWS account and two API tokens, and one grant changed. */
function granted(change: object): Record<string, unknown> {
  return {
    aws: { accounts: ["111122223333"] },
    apiTokens: {
      "ci-legacy": { ...token, claims: { team: "ingest", area: "eu" } },
      nightly: { sha256: sha256.replaceAll("0", "1"), expires: inDays(90), claims: { team: "reports" } },
    },
    "grants/1": { ...grant, name: "other", storage: "plain", ...change },
  };
}

const warnings = (changes: Record<string, unknown>) =>
  linesOf(warningsOf(parseConfig(changed(changes), now), now));

describe("identities without OIDC", () => {
  it("are not accepted unless they are configured", () => {
    expect(parseConfig(changed({}), now)).toMatchObject({ awsAccounts: [], apiTokens: [] });
  });

  it("are accounts of AWS, and tokens by their hashes", () => {
    const claims = { team: "ingest", roles: ["a", "b"] };
    const config = parseConfig(
      changed({
        aws: { accounts: ["111122223333"] },
        apiTokens: { "ci-legacy": { ...token, expires: "2027-01-31T14:00:00+02:00", claims } },
      }),
      now,
    );
    expect(config.awsAccounts).toEqual(["111122223333"]);
    expect(config.apiTokens).toEqual([
      { name: "ci-legacy", sha256, expiresAt: Date.parse("2027-01-31T12:00:00Z"), claims },
    ]);
  });

  it("may have nested claims, by maps and by pointers", () => {
    const claims = { realm_access: { level: 3 }, "/realm_access/roles": ["etl"], "/org~1id/a": "x" };
    const config = parseConfig(changed({ apiTokens: { ci: { ...token, claims } } }), now);
    expect(config.apiTokens.map((one) => one.claims)).toEqual([
      { realm_access: { level: 3, roles: ["etl"] }, "org/id": { a: "x" } },
    ]);
  });

  it("are granted by reserved names of issuers", () => {
    for (const issuer of ["aws", "api-token"])
      expect(faults(granted({ issuer, subject: "*" })), issuer).toEqual([]);
  });

  it.each([
    ["no accounts", { aws: {} }, "aws.accounts: is required"],
    ["an empty list of accounts", { aws: { accounts: [] } }, "aws.accounts: must have 1 to 50 entries"],
    ["an account as a number", { aws: { accounts: [111122223333] } }, "must be text"],
    ["an account cut short", { aws: { accounts: ["11112222333"] } }, "must be the 12 digits"],
    ["a pattern of accounts", { aws: { accounts: ["*"] } }, "aws.accounts[0]: must be the 12 digits"],
    ["something else about AWS", { aws: { accounts: ["111122223333"], org: "o-1" } }, "aws.org: is not"],

    [
      "a claim that is given twice",
      { apiTokens: { ci: { ...token, claims: { a: { b: 1 }, "/a/b": "x" } } } },
      'apiTokens.ci.claims["/a/b"]: is given a second time',
    ],
    [
      "a claim below one that has none",
      { apiTokens: { ci: { ...token, claims: { a: ["b"], "/a/b": "x" } } } },
      'apiTokens.ci.claims["/a/b"]: is given a second time',
    ],
    [
      "a pointer into a list",
      { apiTokens: { ci: { ...token, claims: { "/a/0": "x" } } } },
      'apiTokens.ci.claims["/a/0"]: must not point into a list',
    ],
    [
      "a subject by its pointer",
      { apiTokens: { ci: { ...token, claims: { "/sub": "x" } } } },
      "apiTokens.ci.claims.sub: is not a claim that a token can have",
    ],
    ["a list of tokens", { apiTokens: [] }, "apiTokens: must be a map"],
    ["a token's name", { apiTokens: { CI: token } }, "apiTokens.CI: must be a name"],
    ["no hash", { apiTokens: { ci: { expires: inDays(1) } } }, "apiTokens.ci.sha256: is required"],
    [
      "half a hash",
      { apiTokens: { ci: { ...token, sha256: "00ff" } } },
      "apiTokens.ci.sha256: must be the hash of a token, 64",
    ],
    [
      "a hash in capitals",
      { apiTokens: { ci: { ...token, sha256: sha256.toUpperCase() } } },
      "must be the hash of a token, 64",
    ],
    ["no expiry", { apiTokens: { ci: { sha256 } } }, "apiTokens.ci.expires: must be a time"],
    [
      "an expiry without a time",
      { apiTokens: { ci: { ...token, expires: "2027-01-31" } } },
      "must be a time",
    ],
    [
      "no day of the calendar",
      { apiTokens: { ci: { ...token, expires: "2027-02-29T00:00:00Z" } } },
      "must be",
    ],
    [
      "a time of nowhere",
      { apiTokens: { ci: { ...token, expires: "2027-01-31T12:00:00" } } },
      "must be a time",
    ],
    [
      "a token for more than a year",
      { apiTokens: { ci: { ...token, expires: inDays(366.001) } } },
      "apiTokens.ci.expires: must be at most 366 days ahead",
    ],
    [
      "one token under two names",
      { apiTokens: { ci: token, ci2: token } },
      "apiTokens.ci2.sha256: is already the hash of apiTokens.ci",
    ],
    [
      "a claim that would pose as the name",
      { apiTokens: { ci: { ...token, claims: { sub: "admin" } } } },
      "apiTokens.ci.claims.sub: is not a claim that a token can have",
    ],
    [
      "a claim that would be passed over",
      { apiTokens: { ci: { ...token, claims: JSON.parse('{"__proto__":"a"}') } } },
      "apiTokens.ci.claims.__proto__: is not a claim",
    ],
    [
      "a number as a claim",
      { apiTokens: { ci: { ...token, claims: { team: 7 } } } },
      "apiTokens.ci.claims.team: must be text",
    ],

    [
      "AWS where it is not accepted",
      { "grants/0": { ...grant, issuer: "aws" } },
      "grants[0].issuer: needs the section aws",
    ],
    [
      "API tokens where there are none",
      { "grants/0": { ...grant, issuer: "api-token" } },
      "grants[0].issuer: needs the section apiTokens",
    ],
    [
      "an OIDC issuer that poses as AWS",
      { "issuers/aws": { issuer: "https://evil.example.com", audience: "keyvend" } },
      "issuers.aws: is a reserved name: in grants it stands for another kind of caller",
    ],
    [
      "an OIDC issuer that poses as a client key",
      { "issuers/client-key": { issuer: "https://evil.example.com", audience: "keyvend" } },
      "issuers.client-key: is a reserved name: in grants it stands for another kind of caller",
    ],
    [
      "an OIDC issuer that poses as an API token",
      { "issuers/api-token": { issuer: "https://evil.example.com", audience: "keyvend" } },
      "issuers.api-token: is a reserved name: in grants it stands for another kind of caller",
    ],
  ])("are refused for %s", (_, changes, fault) => {
    const lines = faults(changes);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(fault);
  });

  it("never have a token repeated that stands where its hash is due", () => {
    const { token: misplaced } = newApiToken("ci", 1, now);
    const lines = faults({ apiTokens: { ci: { ...token, sha256: misplaced } } });
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain(misplaced);
  });

  it("may last for 366 days, and have expired", () => {
    for (const days of [366, -1])
      expect(faults({ apiTokens: { ci: { ...token, expires: inDays(days) } } })).toEqual([]);
  });
});

describe("a warning", () => {
  const expiring = (days: number) =>
    warnings({ apiTokens: { ci: { ...token, expires: inDays(days) } } }).filter((line) =>
      line.includes("ci"),
    );

  it("is given for an API token that has expired, and for one that soon will", () => {
    expect(expiring(0)).toEqual(["apiTokens.ci.expires: has passed: the token is refused"]);
    expect(expiring(14)).toEqual([expect.stringMatching(/^apiTokens\.ci\.expires: is less than 14 days/)]);
    expect(expiring(14.001)).toEqual([]);
  });

  it.each([
    "arn:aws:iam::111122223333:role/ingest",
    "arn:aws:iam::111122223333:user/people/alice",
    "arn:aws-cn:iam::111122223333:role/ingest",
    "arn:aws:iam::*:role/ingest",
  ])("is not given for a caller of AWS: %s", (subject) => {
    expect(warnings(granted({ issuer: "aws", subject }))).toEqual([]);
  });

  it.each([
    ["a role with its path", "arn:aws:iam::111122223333:role/service/ingest"],
    ["a session", "arn:aws:sts::111122223333:assumed-role/ingest/run-17"],
    ["another account", "arn:aws:iam::999900001111:role/ingest"],
    ["a whole account", "arn:aws:iam::111122223333:root"],
    ["a name", "ingest"],
  ])("is given for a subject that no caller of AWS has: %s", (_, subject) => {
    expect(
      warnings(granted({ issuer: "aws", subject: ["arn:aws:iam::111122223333:user/a", subject] })),
    ).toEqual([
      expect.stringMatching(
        /^grants\[1\]\.subject: can never match: a caller is arn:aws:iam::ACCOUNT:role\/NAME/,
      ),
    ]);
  });

  it("is given for an API token that is not there", () => {
    expect(warnings(granted({ issuer: "api-token", subject: ["nightly", "weekly"] }))).toEqual([
      "grants[1].subject: names an API token that does not exist",
    ]);
    expect(warnings(granted({ issuer: "api-token", subject: ["ci-legacy", "week*"] }))).toEqual([]);
  });

  it.each([
    ["aws", "account", []],
    ["aws", "sessionName", ["grants[1].prefix: refers to the claim sessionName, which not every caller has"]],
    ["api-token", "sub", []],
    ["api-token", "team", []],
    ["api-token", "area", ["grants[1].prefix: refers to the claim area, which not every caller has"]],
  ])("of a template knows which claims callers of %s have: %s", (issuer, claim, expected) => {
    const change = { issuer, subject: "*", storage: "lake", prefix: `\${claims.${claim}}/` };
    const found = warnings(granted(change)).filter((line) => line.startsWith("grants"));
    expect(found).toEqual(expected);
  });
});

describe("a new API token", () => {
  it("is 256 bits behind a prefix that scanners know, and never the same twice", () => {
    const made = Array.from({ length: 50 }, () => newApiToken("ci", 1, now).token);
    for (const text of made) expect(text).toMatch(/^kvt_[\w-]{43}$/);
    expect(new Set(made).size).toBe(50);
  });

  it("comes with an entry that accepts it, and does not hold it", () => {
    const { token: made, entry } = newApiToken("ci-legacy", 90, now);
    expect(entry).not.toContain(made.slice(4, 12));
    const { document } = readVendingYaml(fileWith(`apiTokens:\n${entry}`));
    const { apiTokens } = parseConfig(changed({ ...(document as object) }), now);
    expect(createApiTokenVerifier(apiTokens)(made, now)).toMatchObject({ subject: "ci-legacy" });
    expect(apiTokens[0]?.expiresAt).toBe(now + 90 * 86_400_000);
  });

  it("lasts no longer than may be configured, from the same moment on", () => {
    const { entry } = newApiToken("ci", 366, now + 999);
    const { document } = readVendingYaml(fileWith(`apiTokens:\n${entry}`));
    expect(faults(document as Record<string, unknown>)).toEqual([]);
  });

  it.each([
    ["CI", 90],
    ["", 90],
    ["ci:\n    sha256", 90],
    ["ci", 0],
    ["ci", 367],
    ["ci", 1.5],
    ["ci", Number.NaN],
  ])("is not made for the name %j and %d days", (name, days) => {
    expect(() => newApiToken(name, days, now)).toThrow(/^--(name|days) must be/);
  });
});

it("what the example has in comments is a configuration too", () => {
  const uncommented = readFileSync("infra/vending.yml", "utf8").replace(
    /^#(?=apiTokens:|clientKeys:|stsRoleArns:| {2})/gm,
    "",
  );
  const { document } = readVendingYaml(fileWith(uncommented));
  const { config } = checkDocument(document, now);
  expect(config.apiTokens).toMatchObject([{ name: "ci-legacy" }]);
  expect(config.clientKeys).toMatchObject([{ name: "polaris", storage: "lake" }]);
  expect(config.stsRoles).toMatchObject([{ storage: "lake", permission: "READ", prefix: "raw/" }]);
  expect(config.grants.all.flatMap(({ issuer }) => issuer)).toEqual(
    expect.arrayContaining(["api-token", "client-key"]),
  );
  expect(loadVendingYaml("infra/vending.yml").config.apiTokens).toEqual([]);
});
