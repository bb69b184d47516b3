import { describe, expect, it } from "vitest";
import { checkFile } from "../../../infra/config/check.ts";
import { ConfigError } from "../../../infra/config/faults.ts";
import { parseConfig } from "../../../infra/config/parse-config.ts";
import { warningsOf } from "../../../infra/config/warnings.ts";
import { changed, soundDocument } from "./document.ts";
import { fileWith } from "./files.ts";

const now = Date.parse("2026-11-22T15:00:00Z");
const inDays = (days: number) => new Date(now + days * 86_400_000).toISOString();
const idOf = (letter: string, version = 1) => `KV${version}X${letter.repeat(20)}`;
const key = { id: idOf("A"), expires: inDays(90) };
const [grant] = soundDocument().grants;
const { secret: _, ...ofARole } = soundDocument().storages.lake;
const webIdentity = { ...ofARole, issue: "web-identity" };

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

/** Two client keys, and one grant for client keys changed. */
function granted(change: object): Record<string, unknown> {
  return {
    clientKeys: {
      polaris: { ...key, claims: { team: "lake", area: "eu" } },
      trino: { ...key, id: idOf("B"), claims: { team: "reports" } },
    },
    "grants/1": { ...grant, name: "other", issuer: "client-key", ...change },
  };
}

/** Without those that are of no client key alone. */
const warnings = (changes: Record<string, unknown>) =>
  linesOf(warningsOf(parseConfig(changed(changes), now), now)).filter(
    (line) => !line.includes("storages.") && !line.includes("shares no session"),
  );

describe("client keys", () => {
  it("are none unless they are configured", () => {
    expect(parseConfig(changed({}), now).clientKeys).toEqual([]);
  });

  it("have one id or several, an end, claims as a token has them, and a storage", () => {
    const clientKeys = {
      polaris: { ...key, id: [idOf("A"), idOf("B", 9_999)], storage: "lake" },
      trino: { id: idOf("C"), expires: "2027-01-31T14:00:00+02:00", claims: { "/a/b": "x", roles: ["y"] } },
    };
    expect(parseConfig(changed({ clientKeys }), now).clientKeys).toEqual([
      {
        name: "polaris",
        ids: [idOf("A"), idOf("B", 9_999)],
        expiresAt: now + 90 * 86_400_000,
        claims: {},
        storage: "lake",
      },
      {
        name: "trino",
        ids: [idOf("C")],
        expiresAt: Date.parse("2027-01-31T12:00:00Z"),
        claims: { a: { b: "x" }, roles: ["y"] },
      },
    ]);
  });

  const ruleOfIds = "must be the id of a client key, ";
  it.each<[string, Record<string, unknown>, string]>([
    ["a list", { clientKeys: [] }, "clientKeys: must be a map"],
    ["the name", { clientKeys: { Polaris: key } }, "clientKeys.Polaris: must be a name"],
    ["no id", { clientKeys: { a: { expires: inDays(1) } } }, `clientKeys.a.id: ${ruleOfIds}`],
    ["no ids", { clientKeys: { a: { ...key, id: [] } } }, "clientKeys.a.id: must have 1 to 5 entries"],
    [
      "six ids",
      { clientKeys: { a: { ...key, id: [..."ABCDEF"].map((letter) => idOf(letter)) } } },
      "clientKeys.a.id: must have 1 to 5 entries",
    ],
    [
      "a key of AWS",
      { clientKeys: { a: { ...key, id: "AKIAIOSFODNN7EXAMPLE" } } },
      `clientKeys.a.id: ${ruleOfIds}`,
    ],
    [
      "an id in lower case",
      { clientKeys: { a: { ...key, id: idOf("A").toLowerCase() } } },
      `clientKeys.a.id: ${ruleOfIds}`,
    ],
    [
      "a version that is none",
      { clientKeys: { a: { ...key, id: idOf("A", 0) } } },
      `clientKeys.a.id: ${ruleOfIds}`,
    ],
    [
      "a version with five digits",
      { clientKeys: { a: { ...key, id: idOf("A", 10_000) } } },
      `clientKeys.a.id: ${ruleOfIds}`,
    ],
    [
      "an id of one line more",
      { clientKeys: { a: { ...key, id: `${idOf("A")}\n` } } },
      `clientKeys.a.id: ${ruleOfIds}`,
    ],
    [
      "an id of two keys",
      { clientKeys: { a: key, b: key } },
      "clientKeys.b.id: is already an id of clientKeys.a",
    ],
    [
      "an id in another key's list",
      { clientKeys: { a: key, b: { ...key, id: [idOf("B"), idOf("A")] } } },
      "clientKeys.b.id[1]: is already an id of clientKeys.a",
    ],
    [
      "an id twice",
      { clientKeys: { a: { ...key, id: [idOf("A"), idOf("A")] } } },
      "clientKeys.a.id[1]: is already an id of clientKeys.a",
    ],
    ["no end", { clientKeys: { a: { id: idOf("A") } } }, "clientKeys.a.expires: must be a time"],
    [
      "an end far ahead",
      { clientKeys: { a: { ...key, expires: inDays(366.001) } } },
      "clientKeys.a.expires: must be at most 366 days ahead",
    ],
    [
      "a subject of its own",
      { clientKeys: { a: { ...key, claims: { sub: "admin" } } } },
      "clientKeys.a.claims.sub: is not a claim that a client key can have",
    ],
    [
      "a claim that zod skips",
      { clientKeys: { a: { ...key, claims: JSON.parse('{"__proto__":"a"}') } } },
      "clientKeys.a.claims.__proto__: is not a claim that a client key can have",
    ],
    [
      "an unknown storage",
      { clientKeys: { a: { ...key, storage: "lakes" } } },
      "clientKeys.a.storage: is not among the storages",
    ],
    [
      "a storage that every object has",
      { clientKeys: { a: { ...key, storage: "constructor" } } },
      "clientKeys.a.storage: is not among the storages",
    ],
    [
      "a storage whose way needs a token",
      {
        clientKeys: { a: { ...key, storage: "web" } },
        "storages/web": webIdentity,
      },
      "clientKeys.a.storage: is web-identity, by which a client key gets nothing",
    ],
    [
      "a storage that gives its long-term key",
      {
        clientKeys: { a: { ...key, storage: "whole" } },
        "storages/whole": {
          ...soundDocument().storages.plain,
          ...{ issue: "static", secret: "keyvend/whole", acknowledgeLongTermKeys: true },
        },
      },
      "clientKeys.a.storage: is static, by which a client key gets nothing",
    ],
    [
      "a storage that vends nothing",
      {
        clientKeys: { a: { ...key, storage: "open" } },
        "storages/open": { bucket: "open", region: "us-west-2", issue: "none" },
      },
      "clientKeys.a.storage: is none, by which a client key gets nothing",
    ],
    ["a secret", { clientKeys: { a: { ...key, secret: "s" } } }, "clientKeys.a.secret: is not known here"],
    [
      "a grant without the section",
      { "grants/1": { ...grant, name: "other", issuer: "client-key" } },
      "grants[1].issuer: needs the section clientKeys",
    ],
  ])("are refused for %s", (_, changes, fault) => {
    const lines = faults(changes);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(fault);
  });

  it("never have a secret repeated that stands where the id is due", () => {
    const misplaced = `kvs_${"a1".repeat(21)}b`;
    const lines = faults({ clientKeys: { a: { ...key, id: misplaced } } });
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain(misplaced);
  });
});

describe("a warning", () => {
  const expiring = (days: number) => warnings({ clientKeys: { polaris: { ...key, expires: inDays(days) } } });

  it("is given for a client key that has expired, and for one that soon will", () => {
    expect(expiring(0)).toEqual(["clientKeys.polaris.expires: has passed: the key is refused"]);
    expect(expiring(14)).toEqual([
      "clientKeys.polaris.expires: is less than 14 days ahead: make the next key now",
    ]);
    expect(expiring(14.001)).toEqual([]);
  });

  it("is given for a client key that is not there", () => {
    expect(warnings(granted({ subject: ["polaris", "nessie"] }))).toEqual([
      "grants[1].subject: names a client key that does not exist",
    ]);
    expect(warnings(granted({ subject: ["polaris", "tri*"], storage: "plain" }))).toEqual([]);
  });

  it.each([
    ["sub", []],
    ["team", []],
    ["area", ["grants[1].prefix: refers to the claim area, which not every caller has"]],
  ])("of a template knows which claims all client keys have: %s", (claim, expected) => {
    expect(warnings(granted({ subject: "*", prefix: `\${claims.${claim}}/` }))).toEqual(expected);
  });
});

const vending = `issuers: {}
clientKeys:
  polaris: {id: [${idOf("A")}, ${idOf("B", 2)}], expires: ${new Date(Date.now() + 90 * 86_400_000).toISOString()}, claims: {team: lake}}
  trino: {id: ${idOf("C", 2)}, expires: ${new Date(Date.now() + 90 * 86_400_000).toISOString()}}
storages:
  lake: {bucket: lake, region: eu-west-1, issue: assume-role, roleArn: "arn:aws:iam::111122223333:role/lake", secret: s, maxDurationSeconds: 7200}
grants:
  - {name: catalog, issuer: client-key, claims: {team: "{team}"}, storage: lake, prefix: "t/\${team}/", permission: READ, maxDurationSeconds: 7200}
`;

it("the check says by which master keys client keys still are, so that the others can be retired", () => {
  const { ok, lines } = checkFile(fileWith(vending));
  expect(ok).toBe(true);
  expect(lines.at(-1)).toMatch(/: 0 issuers, 2 client keys \(by k1, k2\), 1 storage, 1 grant; 0 warnings$/);
});
