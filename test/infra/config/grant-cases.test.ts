import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkFile } from "../../../infra/config/check.ts";
import { readCases } from "../../../infra/config/grant-cases.ts";
import { runCases } from "../../../infra/config/run-cases.ts";
import { loadVendingYaml, readVendingYaml } from "../../../infra/config/vending-yaml.ts";
import { indexGrants } from "../../../shared/core/grant-index.ts";
import { temporaryDirectory } from "./files.ts";

const nextMonth = new Date(Date.now() + 30 * 86_400_000).toISOString();
const vending = `issuers:
  company: {issuer: https://login.example.com, audience: keyvend, requiredClaims: [tenant]}
aws: {accounts: ["111122223333"]}
apiTokens:
  ci: {sha256: "${"ab".repeat(32)}", expires: ${nextMonth}, claims: {team: ingest}}
clientKeys:
  polaris: {id: KV1X${"A".repeat(20)}, expires: ${nextMonth}, claims: {team: lake}}
  trino: {id: KV1X${"B".repeat(20)}, expires: ${nextMonth}}
storages:
  lake: {bucket: lake, region: eu-west-1, issue: assume-role, roleArn: "arn:aws:iam::111122223333:role/lake"}
  whole: {bucket: whole, region: eu-west-1, issue: session-token, secret: s}
grants:
  - {name: tenants, issuer: company, subject: "*", storage: lake, prefix: "t/\${claims.tenant}/", permission: READ}
  - {name: admins, issuer: company, claims: {role: admin}, storage: lake, permission: READWRITE, mode: audit}
  - {name: role, issuer: aws, subject: "arn:aws:iam::111122223333:role/x", storage: whole, permission: READWRITE}
  - {name: ci, issuer: api-token, subject: ci, storage: lake, prefix: "ci/\${claims.team}/", permission: WRITE}
  - {name: catalog, issuer: client-key, claims: {team: "*"}, storage: lake, prefix: "catalog/\${claims.team}/", permission: READ}
`;

/** What the check says beside this configuration, of these cases; names of directories left out. */
function check(cases: string) {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, "vending.yml"), vending);
  writeFileSync(join(directory, "vending.test.yml"), cases);
  const { ok, lines } = checkFile(join(directory, "vending.yml"));
  return { ok, lines: lines.map((line) => line.slice(line.indexOf("vending."))) };
}

/** The lines about one case of a tenant. */
function one(fields: string) {
  const { ok, lines } = check(
    `cases:\n  - {name: c, issuer: company, claims: {tenant: a, role: admin}, storage: lake, ${fields}}\n`,
  );
  return { ok, told: lines.filter((line) => line.startsWith("vending.test.yml:2 ")) };
}

describe("a case of a grant", () => {
  it.each([
    ["what is allowed", "expect: {scope: s3://lake/t/a, permission: READ}"],
    ["less of it", "target: s3://lake/t/a/b, expect: {scope: s3://lake/t/a/b/, permission: READ}"],
    [
      "several folders of it, in any order",
      "target: [s3://lake/t/a/b, s3://lake/t/a/c], expect: {scope: [s3://lake/t/a/c/, s3://lake/t/a/b/], permission: READ}",
    ],
    [
      "for how long",
      "durationSeconds: 7200, expect: {scope: s3://lake/t/a/, permission: READ, durationSeconds: 3600}",
    ],
    ["a denial", "target: s3://lake/t/b/, expect: {denied: no_grant}"],
    ["what would be granted", "permission: WRITE, expect: {denied: no_grant, wouldGrant: admins}"],
    ["a folder that no policy can name", "target: s3://lake/t/a/\u0100, expect: {denied: not_scopable}"],
  ])("passes where it says %s", (_what, fields) => {
    expect(one(fields)).toEqual({ ok: true, told: [] });
  });

  const decided = 'vending.test.yml:2 cases[0].expect is not met by "c": the outcome is ';
  it.each([
    [
      "another scope",
      "expect: {scope: s3://lake/t/, permission: READ}",
      "READ on s3://lake/t/a/ for 3600 s; it should be READ on s3://lake/t/",
    ],
    [
      "another permission",
      "expect: {scope: s3://lake/t/a/, permission: READWRITE}",
      "READ on s3://lake/t/a/ for 3600 s; it should be READWRITE on s3://lake/t/a/",
    ],
    [
      "another duration",
      "expect: {scope: s3://lake/t/a/, permission: READ, durationSeconds: 1800}",
      "READ on s3://lake/t/a/ for 3600 s; it should be READ on s3://lake/t/a/ for 1800 s",
    ],
    [
      "a denial",
      "expect: {denied: no_grant}",
      "READ on s3://lake/t/a/ for 3600 s; it should be denied: no_grant",
    ],
    [
      "an allowance",
      "permission: WRITE, expect: {scope: s3://lake/, permission: WRITE}",
      "denied: no_grant, which admins would grant; it should be WRITE on s3://lake/",
    ],
    [
      "another denial",
      "target: s3://pond/, expect: {denied: choose_target}",
      "denied: no_grant; it should be denied: choose_target",
    ],
    [
      "a grant on trial that would not grant it",
      "target: s3://pond/, expect: {denied: no_grant, wouldGrant: admins}",
      "denied: no_grant; it should be denied: no_grant, which admins would grant",
    ],
  ])("fails where it expects %s, and tells what was decided", (_what, fields, told) => {
    expect(one(fields)).toEqual({ ok: false, told: [decided + told] });
  });

  it.each([
    [
      "an API token with its own claims",
      "issuer: api-token, subject: ci",
      "lake",
      "s3://lake/ci/ingest/, permission: WRITE",
    ],
    [
      "a claim by its pointer",
      'issuer: company, claims: {"/tenant": a}',
      "lake",
      "s3://lake/t/a/, permission: READ",
    ],
    [
      "a role of AWS",
      'issuer: aws, subject: "arn:aws:iam::111122223333:role/x"',
      "whole",
      "s3://whole/, permission: READWRITE",
    ],
  ])("is decided for %s too", (_what, caller, storage, scope) => {
    const { lines } = check(
      `cases: [{name: c, ${caller}, storage: ${storage}, expect: {scope: ${scope}}}]\n`,
    );
    expect(lines.at(-1)).toBe("vending.test.yml: 1 case; 0 failed");
  });

  const rest = "storage: lake, expect: {denied: no_grant}";
  it.each([
    [
      "a claim without which nobody is let in",
      `issuer: company, claims: {role: x}, ${rest}`,
      "cases[0].claims.tenant is required by issuers.company",
    ],
    [
      "an issuer that is not there",
      `issuer: other, subject: a, ${rest}`,
      "cases[0].issuer is not among the issuers",
    ],
    [
      "an API token that is not there",
      `issuer: api-token, subject: cd, ${rest}`,
      "cases[0].subject is not the name of an API token",
    ],
    [
      "claims of its own for an API token",
      `issuer: api-token, subject: ci, claims: {team: x}, ${rest}`,
      "cases[0].claims must be left out: an API token has its own claims",
    ],
    [
      "nothing of the caller",
      `issuer: aws, ${rest}`,
      "cases[0].subject is required where there are no claims",
    ],
    [
      "the subject twice",
      `issuer: aws, subject: a, claims: {sub: b}, ${rest}`,
      "cases[0].claims.sub belongs in the field subject",
    ],
    [
      "a storage that is not there",
      "issuer: aws, subject: a, storage: lakes, expect: {denied: no_grant}",
      "cases[0].storage is not among the storages",
    ],
    [
      "a target that no request could name",
      `issuer: aws, subject: a, target: "s3://lake/../", ${rest}`,
      "cases[0].target must not hold a . or .. segment",
    ],
    ["an unknown key", `issuer: aws, subject: a, colour: red, ${rest}`, "cases[0].colour is not known here"],
    [
      "an unknown denial",
      "issuer: aws, subject: a, storage: lake, expect: {denied: forbidden}",
      "cases[0].expect must have either scope and permission, or denied: no_grant or",
    ],
    [
      "two expectations",
      "issuer: aws, subject: a, storage: lake, expect: {denied: no_grant, permission: READ}",
      "cases[0].expect.permission is not known here",
    ],
  ])("is refused with %s", (_what, fields, fault) => {
    const { ok, lines } = check(`cases:\n  - {name: c, ${fields}}\n`);
    expect(ok).toBe(false);
    expect(lines).toContainEqual(expect.stringContaining(`vending.test.yml:2 ${fault}`));
    expect(lines.at(-1)).toMatch(/^vending\.test\.yml: [12] faults?$/);
  });

  it("is told of the grants that no case comes by", () => {
    const { ok, lines } = check(
      "cases: [{name: c, issuer: company, claims: {tenant: a, role: admin}, storage: lake, expect: {scope: s3://lake/t/a/, permission: READ}}]\n",
    );
    expect(ok).toBe(true);
    expect(lines.slice(-4)).toEqual([
      "vending.test.yml warning: no case uses the grant role",
      "vending.test.yml warning: no case uses the grant ci",
      "vending.test.yml warning: no case uses the grant catalog",
      "vending.test.yml: 1 case; 0 failed",
    ]);
  });

  it("is not looked for behind a configuration that has faults", () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "vending.yml"), "storages: {}\n");
    writeFileSync(join(directory, "vending.test.yml"), "colour: red\n");
    expect(checkFile(join(directory, "vending.yml")).lines.join()).not.toContain("vending.test.yml");
  });
});

describe("the cases of the example", () => {
  const { config } = loadVendingYaml("infra/vending.yml");
  const cases = readCases(readVendingYaml("infra/vending.test.yml").document, config);

  it("use each of its grants", () => {
    const { failures, usedGrants } = runCases(cases, config);
    expect(failures).toEqual([]);
    expect([...usedGrants].sort()).toEqual(config.grants.all.map(({ name }) => name).sort());
  });

  it.each(config.grants.all.map(({ name }) => name))(
    "fail without the grant %s, and some of them if it took anyone",
    (name) => {
      const without = config.grants.all.filter((grant) => grant.name !== name);
      expect(runCases(cases, { ...config, grants: indexGrants(without) }).failures).not.toEqual([]);

      const open = config.grants.all.flatMap((grant) => {
        if (grant.name !== name) return [grant];
        const { subject: _, ...anyone } = grant;
        const issuers = [...config.issuers.keys(), "aws"];
        return issuers.map((issuer) => ({
          ...anyone,
          name: `${name}-${issuer}`,
          issuer: [issuer],
          claims: {},
        }));
      });
      expect(runCases(cases, { ...config, grants: indexGrants(open) }).failures).not.toEqual([]);
    },
  );
});

describe("a case of a client key", () => {
  const clientKey = (fields: string) => {
    const { lines } = check(`cases:\n  - {name: c, issuer: client-key, storage: lake, ${fields}}\n`);
    return lines.filter((line) => line.startsWith("vending.test.yml:2 "));
  };

  it("is decided by the claims of its entry", () => {
    const scope = "expect: {scope: s3://lake/catalog/lake/, permission: READ}";
    expect(clientKey(`subject: polaris, ${scope}`)).toEqual([]);
    expect(clientKey(`subject: trino, ${scope}`)).toHaveLength(1);
    expect(clientKey("subject: trino, expect: {denied: no_grant}")).toEqual([]);
  });

  it("is refused for a name that no client key has, and for claims of its own", () => {
    expect(clientKey("subject: nessie, expect: {denied: no_grant}")).toEqual([
      "vending.test.yml:2 cases[0].subject is not the name of a client key",
    ]);
    expect(clientKey("subject: polaris, claims: {team: other}, expect: {denied: no_grant}")).toEqual([
      "vending.test.yml:2 cases[0].claims must be left out: a client key has its own claims",
    ]);
  });
});
