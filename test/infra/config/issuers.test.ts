import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkFile } from "../../../infra/config/check.ts";
import { ConfigError } from "../../../infra/config/faults.ts";
import { parseConfig } from "../../../infra/config/parse-config.ts";
import { changed } from "./document.ts";
import { temporaryDirectory } from "./files.ts";

const company = { issuer: "https://login.example.com/", audience: "keyvend" };
const cognito = {
  issuer: "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example",
  audience: "none",
  requiredClaims: { client_id: "1example23456789", token_use: "access" },
};

const issuer = (entry: object) => parseConfig(changed({ "issuers/company": entry })).issuers.get("company");

function faults(entry: object): string[] {
  try {
    parseConfig(changed({ "issuers/company": entry }));
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
}

describe("an issuer", () => {
  it("has its defaults, and its address as it is written", () => {
    expect(issuer(company)).toEqual({
      name: "company",
      issuer: "https://login.example.com/",
      audience: ["keyvend"],
      algorithms: ["RS256", "ES256"],
      clockToleranceSeconds: 30,
      tokenTypes: ["none", "application/jwt", "application/at+jwt"],
      requiredClaims: {},
    });
  });

  it("has types of tokens in one spelling", () => {
    const tokenTypes = ["none", "AT+jwt", "application/Okta-internal-at+JWT", "wit/x"];
    expect(issuer({ ...company, tokenTypes })).toMatchObject({
      tokenTypes: ["none", "application/at+jwt", "application/okta-internal-at+jwt", "wit/x"],
    });
  });

  it("requires claims by their names, or by their values", () => {
    expect(issuer({ ...company, requiredClaims: ["tenant", "azp"] })).toMatchObject({
      requiredClaims: { tenant: [], azp: [] },
    });
    expect(issuer({ ...company, requiredClaims: { azp: ["a", "b"], hd: "example.com" } })).toMatchObject({
      requiredClaims: { azp: ["a", "b"], hd: ["example.com"] },
    });
  });

  it("may have no audience where required claims tell whom its tokens are for", () => {
    expect(issuer(cognito)).toMatchObject({
      audience: "none",
      requiredClaims: { client_id: ["1example23456789"], token_use: ["access"] },
    });
  });

  it("may be a realm that has the name of all tenants elsewhere", () => {
    for (const realm of ["common", "consumers", "organizations"])
      expect(faults({ ...company, issuer: `https://kc.example.com/realms/${realm}` })).toEqual([]);
  });

  it("may have an address of its keys with a query, for an issuer that tells by it which keys are meant", () => {
    const jwksUri = "https://login.microsoftonline.com/t/discovery/keys?appid=1";
    expect(issuer({ ...company, jwksUri })).toMatchObject({ jwksUri });
  });

  it("may limit the age of its tokens", () => {
    expect(issuer({ ...company, maxTokenAgeSeconds: 900 })).toMatchObject({ maxTokenAgeSeconds: 900 });
  });

  const tells =
    /^issuers\.company\.requiredClaims: must tell for whom the tokens are, since audience is none/;
  it.each<[string, object, string | RegExp]>([
    ["no audience and no claims", { issuer: cognito.issuer, audience: "none" }, tells],
    ["no audience and claims by name", { ...cognito, requiredClaims: ["client_id"] }, tells],
    [
      "no audience and a claim of every token",
      { ...cognito, requiredClaims: { token_use: "access" } },
      tells,
    ],
    [
      "no audience and a claim of every token, by its pointer",
      { ...cognito, requiredClaims: { "/token_use": "access" } },
      tells,
    ],
    ["no audience and the version of every token", { ...cognito, requiredClaims: { ver: "2" } }, tells],
    [
      "a part of the audience that there is not",
      { ...cognito, requiredClaims: { client_id: "a", "/aud/x": "b" } },
      'issuers.company.requiredClaims["/aud/x"]: can never be met if audience is none',
    ],
    [
      "a part of a claim that identifies no caller",
      { ...company, requiredClaims: { "/cnf/jkt": "b" } },
      'issuers.company.requiredClaims["/cnf/jkt"]: can never be met: a token that has it is refused',
    ],
    [
      "one claim by two names",
      { ...company, requiredClaims: { tenant: "a", "/tenant": "b" } },
      'issuers.company.requiredClaims["/tenant"]: is the same claim as tenant',
    ],
    [
      "a capture in a value",
      { ...company, requiredClaims: { tenant: "a{b}" } },
      "issuers.company.requiredClaims.tenant: must have plain values: only grants have patterns",
    ],
    ["no audience and its own address", { ...cognito, requiredClaims: { iss: cognito.issuer } }, tells],
    [
      "no audience among audiences",
      { ...company, audience: ["none", "keyvend"] },
      "issuers.company.audience: must be either none alone or values of `aud`",
    ],
    [
      "no audience that is required",
      { ...cognito, requiredClaims: { client_id: "a", aud: "b" } },
      "issuers.company.requiredClaims.aud: can never be met if audience is none",
    ],
    [
      "a claim of tokens that are refused",
      { ...company, requiredClaims: ["cnf"] },
      "issuers.company.requiredClaims.cnf: can never be met: a token that has it is refused",
    ],
    [
      "a pattern for a value",
      { ...company, requiredClaims: { azp: "etl-*" } },
      "issuers.company.requiredClaims.azp: must have plain values: only grants have patterns",
    ],
    [
      "a pointer into a list",
      { ...company, requiredClaims: ["/realm_access/roles/0"] },
      /^issuers\.company\.requiredClaims\["\/realm_access\/roles\/0"\]: must not point into a list/,
    ],
    [
      "a claim that would be passed over",
      { ...company, requiredClaims: JSON.parse('{"__proto__":"a"}') },
      "issuers.company.requiredClaims.__proto__: is not known here",
    ],
    ["a number for a value", { ...company, requiredClaims: { azp: 7 } }, /requiredClaims: must be a list of/],
    ["no names", { ...company, requiredClaims: [] }, /requiredClaims: must have 1 to 20 entries/],
    [
      "no values",
      { ...company, requiredClaims: { azp: [] } },
      /requiredClaims\.azp: must have 1 to 50 entries/,
    ],
    [
      "too many claims",
      {
        ...company,
        requiredClaims: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`c${n}`, "a"])),
      },
      /requiredClaims: must have at most 20 claims/,
    ],
    ["no types of tokens", { ...company, tokenTypes: [] }, /tokenTypes: must have 1 to 20 entries/],
    ["a type that is none", { ...company, tokenTypes: ["a b"] }, /tokenTypes\[0\]: must be a type such as/],
    [
      "a type of reports",
      { ...company, tokenTypes: ["JWT", "application/SECEVENT+jwt"] },
      "issuers.company.tokenTypes[1]: is a type of tokens that identify no caller",
    ],
    ["no age", { ...company, maxTokenAgeSeconds: 59 }, /maxTokenAgeSeconds: must be at least 60/],
    ["an age of years", { ...company, maxTokenAgeSeconds: 31_536_001 }, /must be at most 31536000/],
  ])("is refused for %s", (_, entry, fault) => {
    expect(faults(entry)).toEqual([typeof fault === "string" ? fault : expect.stringMatching(fault)]);
  });
});

describe("a case of a caller", () => {
  /** What the check says of one case, of an issuer that requires values. */
  function check(claims: string, subject = ""): string[] {
    const directory = temporaryDirectory();
    writeFileSync(
      join(directory, "vending.yml"),
      `issuers:
  m2m: {issuer: https://login.example.com, audience: none, requiredClaims: {client_id: [etl, reports]}}
storages:
  lake: {bucket: lake, region: eu-west-1, issue: assume-role, roleArn: "arn:aws:iam::111122223333:role/lake"}
grants:
  - {name: all, issuer: m2m, claims: {client_id: "*"}, storage: lake, permission: READ}
`,
    );
    writeFileSync(
      join(directory, "vending.test.yml"),
      `cases:\n  - {name: c, issuer: m2m, ${subject}claims: {${claims}}, storage: lake, expect: {scope: s3://lake/, permission: READ}}\n`,
    );
    const { lines } = checkFile(join(directory, "vending.yml"));
    return lines.filter((line) => line.includes("cases[") || line.endsWith("0 failed"));
  }

  it("has values that its issuer accepts", () => {
    expect(check("client_id: etl")).toEqual([expect.stringContaining("1 case; 0 failed")]);
    expect(check("client_id: [x, reports]")).toEqual([expect.stringContaining("1 case; 0 failed")]);
  });

  it.each([
    [
      "no value",
      "team: a",
      "cases[0].claims.client_id is required by issuers.m2m: a token without it is refused",
    ],
    [
      "another value",
      "client_id: web",
      "cases[0].claims.client_id is not a value that issuers.m2m accepts: a token with it is refused",
    ],
    [
      "an audience where there is none",
      "client_id: etl, aud: keyvend",
      "cases[0].claims.aud is in no accepted token: a token with it is refused",
    ],
    [
      "a key that is not checked",
      "client_id: etl, cnf: {jkt: a}",
      "cases[0].claims.cnf is in no accepted token: a token with it is refused",
    ],
  ])("proves nothing with %s", (_, claims, fault) => {
    expect(check(claims)).toEqual([expect.stringContaining(fault)]);
  });
});
