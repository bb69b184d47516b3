import { describe, expect, it } from "vitest";
import { readCases } from "../../../infra/config/grant-cases.ts";
import { parseConfig } from "../../../infra/config/parse-config.ts";
import { runCases } from "../../../infra/config/run-cases.ts";
import { warningsOf } from "../../../infra/config/warnings.ts";
import { changed, faultsOf } from "./document.ts";

// What grants may say of nested claims, captures, issuers, ends and addresses, and each way to say it wrong.

const base = { name: "g", issuer: "company", storage: "lake", permission: "READ", subject: "*" };
const documentWith = (grant: object) => changed({ grants: [{ ...base, ...grant }] });
const faults = (grant: object) =>
  faultsOf(documentWith(grant)).map(({ path, message }) => `${path} ${message}`);
const warnings = (grant: object) =>
  warningsOf(parseConfig(documentWith(grant)))
    .filter(({ path }) => path.startsWith("grants"))
    .map(({ path, message }) => `${path} ${message}`);
const captured = { subject: "sa:{namespace}:{name}" };

it.each<[string, object]>([
  ["a nested claim", { claims: { "/realm_access/roles": "etl" }, prefix: "${claims./org/id}/" }],
  ["a capture", { ...captured, prefix: "${namespace}/${name}/" }],
  ["a capture of several segments", { claims: { path: "{path...}" }, prefix: "p/${path}/" }],
  ["a capture in each pattern", { subject: ["a:{x}", "b:{x}"], prefix: "${x}/" }],
  ["several issuers", { issuer: ["company", "company2"].slice(0, 1) }],
  ["an end", { expires: "2027-01-31T12:00:00+01:00" }],
  ["one range of addresses", { sourceIps: "192.0.2.0/24" }],
  ["addresses", { sourceIps: ["192.0.2.0/24", "2001:db8::/32", "::1/128", "0.0.0.0/0"] }],
  [
    "values that meet, which is meant",
    { ...captured, prefix: "${namespace}-${name}/", acknowledgeSharedFolders: true },
  ],
  ["values with a separator", { ...captured, prefix: "${namespace}/x-${name}/" }],
])("a grant may have %s", (_what, grant) => {
  expect(faults(grant)).toEqual([]);
});

describe("is a fault", () => {
  it.each<[string, object, RegExp]>([
    ["a bad pointer", { claims: { "/a~b": "x" } }, /^grants\[0\]\.claims\["\/a~b"\] is no JSON Pointer/],
    ["an index into a list", { claims: { "/roles/0": "x" } }, /must not point into a list/],
    [
      "a bad pointer in a template",
      { prefix: "${claims./a~}/" },
      /prefix refers to the claim \/a~, which is no JSON Pointer/,
    ],
    [
      "captures that touch",
      { subject: "{a}{b}" },
      /^grants\[0\]\.subject must have a character between \{a\} and \{b\}/,
    ],
    [
      "captures that a value could join",
      { claims: { p: "{a}-{b}" } },
      /claims\.p must have a character between/,
    ],
    ["a brace that is no capture", { subject: "a{b" }, /brace/],
    ["a capture under a reserved name", { subject: "{claims}" }, /name claims/],
    [
      "a capture in some patterns only",
      { subject: ["a:{x}", "b"], prefix: "${x}/" },
      /in each of its patterns/,
    ],
    [
      "a template of a name that nothing captures",
      { ...captured, prefix: "${other}/" },
      /prefix must refer to/,
    ],
    ["claims that meet", { prefix: "t/${claims.org}-${claims.team}/" }, /prefix joins values/],
    ["claims that touch", { prefix: "t/${claims.org}${claims.team}/" }, /prefix joins values/],
    ["a capture that meets a claim", { ...captured, prefix: "${namespace}_${claims.x}/" }, /joins values/],
    ["a path that meets a name", { claims: { p: "{p...}" }, prefix: "${p}/${claims.x}/" }, /joins values/],
    [
      "claims that meet in a tag",
      { sessionTags: { t: "${claims.a}.${claims.b}" } },
      /sessionTags\.t joins values/,
    ],
    [
      "claims that meet in a source identity",
      { sourceIdentity: "${claims.a}@${claims.b}" },
      /sourceIdentity joins/,
    ],
    [
      "a path in a source identity",
      { claims: { p: "{p...}" }, sourceIdentity: "x-${p}" },
      /sourceIdentity must give/,
    ],
    [
      "an issuer that is not there",
      { issuer: ["company", "nobody"] },
      /issuer\[1\] is not among the issuers/,
    ],
    ["an issuer twice", { issuer: ["company", "company"] }, /must name each issuer once/],
    ["a time that is none", { expires: "tomorrow" }, /expires must be a time/],
    ["a time without a zone", { expires: "2027-01-31T12:00:00" }, /expires must be a time/],
    ["an address without a length", { sourceIps: ["192.0.2.1"] }, /must be a range/],
    ["a length beyond the address", { sourceIps: ["192.0.2.0/33"] }, /must be a range/],
    ["bits beyond the length", { sourceIps: ["192.0.2.1/24"] }, /must be a range/],
    ["bits beyond the length of IPv6", { sourceIps: ["2001:db8::1/64"] }, /must be a range/],
    ["IPv4 written as IPv6 in full", { sourceIps: ["0:0:0:0:0:ffff::/96"] }, /must be a range/],
    ["a template without its $", { ...captured, prefix: "t/{namespace}/" }, /prefix/],
    ["a $ before a capture", { subject: "sa:${ns}:*" }, /has a \$ before a capture/],
    ["one claim by two names", { claims: { a: "x", "/a": "y" } }, /is the same claim as a$/],
    ["IPv4 written as IPv6", { sourceIps: ["::ffff:192.0.2.0/120"] }, /must be a range/],
    ["no address at all", { sourceIps: [] }, /sourceIps must have 1 to 50/],
  ])("%s", (_what, grant, fault) => {
    expect(faults(grant)).toEqual([expect.stringMatching(fault)]);
  });

  it("an end for credentials that do not end", () => {
    const storage = {
      bucket: "lake",
      region: "eu-west-1",
      issue: "static",
      secret: "s",
      acknowledgeLongTermKeys: true,
    };
    const document = changed({
      "storages/lake": storage,
      grants: [{ ...base, permission: "READWRITE", expires: "2027-01-31T12:00:00Z" }],
    });
    expect(faultsOf(document)).toMatchObject([{ path: "grants[0].expires" }]);
  });
});

describe("a warning is given for", () => {
  it.each<[string, object, RegExp]>([
    [
      "a name with dots",
      { claims: { "realm_access.roles": "etl" } },
      /a nested one would be \/realm_access\/roles/,
    ],
    [
      "folders within folders",
      { claims: { p: "{p...}" }, prefix: "x/${p}/" },
      /prefix has folders within folders/,
    ],
    ["an end that has passed", { expires: "2020-01-01T00:00:00Z" }, /expires has passed/],
    [
      "addresses that AWS never sees",
      { sourceIps: ["10.0.0.0/8", "fc00::/8"] },
      /sourceIps can never match on AWS/,
    ],
  ])("%s", (_what, grant, warning) => {
    expect(warnings(grant)).toContainEqual(expect.stringMatching(warning));
  });

  it("one folder for the callers of several issuers", () => {
    const other = { issuer: "https://other.example.com", audience: "keyvend", requiredClaims: ["tenant"] };
    const grant = { ...base, issuer: ["company", "other"], prefix: "t/${claims.tenant}/" };
    const found = warningsOf(parseConfig(changed({ "issuers/other": other, grants: [grant] })));
    expect(found.map(({ path, message }) => `${path} ${message}`)).toContainEqual(
      expect.stringMatching(/^grants\[0\]\.prefix makes one folder of the same values at different issuers/),
    );
  });

  it.each<[string, object]>([
    ["a URL as a claim's name", { claims: { "https://corp.example/team": "x" } }],
    ["public addresses beside private ones", { sourceIps: ["10.0.0.0/8", "192.0.2.0/24"] }],
    ["a capture of one segment", { ...captured, prefix: "${namespace}/" }],
  ])("and not for %s", (_what, grant) => {
    expect(warnings(grant)).toEqual([]);
  });
});

describe("a case", () => {
  const config = parseConfig(
    documentWith({
      expires: "2027-01-31T12:00:00Z",
      sourceIps: ["192.0.2.0/24"],
      claims: { "/org/id": "7" },
    }),
  );
  const failures = (fields: object) => {
    const one = {
      name: "c",
      issuer: "company",
      claims: { tenant: "a", org: { id: 7 } },
      storage: "lake",
      at: "2027-01-01T00:00:00Z",
      sourceIp: "192.0.2.7",
      expect: { denied: "no_grant" },
      ...fields,
    };
    // Written and read as a file would be, so that what is undefined is left out.
    const document = JSON.parse(JSON.stringify({ cases: [one] }));
    return runCases(readCases(document, config), config).failures.length;
  };

  it.each<[string, object, number]>([
    ["allowed then and there", {}, 1],
    ["after the end", { at: "2027-01-31T11:50:00Z" }, 0],
    ["from elsewhere", { sourceIp: "198.51.100.1" }, 0],
    ["from nowhere", { sourceIp: undefined }, 0],
    ["with another nested claim", { claims: { tenant: "a", org: { id: 8 } } }, 0],
  ])("%s", (_what, fields, count) => {
    expect(failures(fields)).toBe(count);
  });
});
