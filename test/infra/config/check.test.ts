import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { checkFile } from "../../../infra/config/check.ts";
import { parseConfig } from "../../../infra/config/parse-config.ts";
import { loadVendingYaml } from "../../../infra/config/vending-yaml.ts";
import { fileWith } from "./files.ts";

const head = `issuers:
  company: {issuer: https://login.example.com, audience: keyvend}
storages:
`;
const grants = `grants:
  - {name: all, issuer: company, subject: "*", storage: lake, permission: READWRITE}
`;

/** What the check says of a file, without the file's directory. */
function check(text: string) {
  const path = fileWith(text);
  const { ok, lines } = checkFile(path);
  return { ok, lines: lines.map((line) => line.slice(line.indexOf(basename(path)))) };
}

const fluss = (fields: string) => check(`${head}  lake:\n${fields.replaceAll(/^/gm, "    ")}\n${grants}`);

describe("the check of a configuration file", () => {
  it("passes the example, without warnings", () => {
    expect(checkFile("infra/vending.yml")).toEqual({
      ok: true,
      document: loadVendingYaml("infra/vending.yml").document,
      lines: [
        "infra/vending.yml: 2 issuers, 4 storages, 7 grants (1 in audit mode); 0 warnings",
        expect.stringMatching(/^infra\/vending\.test\.yml: \d+ cases; 0 failed$/),
      ],
    });
  });

  it("writes nothing that a terminal obeys", () => {
    const controls = 'audience: keyvend, "bad\\u009b31m\\u202ekey": 1';
    const { lines } = check(`${head.replace("audience: keyvend", controls)}  lake: {}\n${grants}`);
    expect(lines.join("\n")).toContain('issuers.company["bad\\u009b31m\\u202ekey"]');
  });

  it("tells every fault with its line", () => {
    const { ok, lines } = check(
      `${head}  lake:\n    bucket: lake\n    issue: session-token\n    colour: red\ngrants:\n  - name: a\n`,
    );
    expect(ok).toBe(false);
    expect(lines).toContain("file.yml:7 storages.lake.colour is not known here");
    expect(lines).toContain("file.yml:5 storages.lake.secret is required");
    expect(lines).toContain("file.yml:9 grants[0].permission is required");
    expect(lines.at(-1)).toMatch(/^file\.yml: \d+ faults$/);
  });

  it("passes warnings, and tells them with their lines", () => {
    const { ok, lines } = check(
      `${head}  lake: {bucket: lake, region: eu-west-1, issue: static, secret: s, acknowledgeLongTermKeys: true}\n${grants}`,
    );
    expect(ok).toBe(true);
    expect(lines[0]).toMatch(/^file\.yml:4 warning: storages\.lake gives clients its long-term key/);
    expect(lines[1]).toBe("file.yml: 1 issuer, 1 storage, 1 grant; 1 warning");
  });

  it.each([
    [
      "a key twice",
      "storages: {}\nsecret: abc\nsecret: xyz\n",
      "file.yml line 3 is not valid YAML here: DUPLICATE_KEY",
    ],
    ["an unknown tag", "a: !!js/function abc\n", /^file\.yml line 1 is not valid YAML here/],
    [
      "an alias of nothing",
      "a: *xyz\n",
      "file.yml (document) has an alias without an anchor, or far too many aliases",
    ],
    ["two documents", "a: 1\n---\nb: xyz\n", /^file\.yml line \d is not valid YAML here/],
  ])("refuses %s, and quotes nothing", (_what, text, fault) => {
    const { ok, lines } = check(text);
    expect(ok).toBe(false);
    expect(lines[0]).toMatch(fault);
    expect(lines.join()).not.toMatch(/abc|xyz/);
  });

  it("refuses a file that is not there", () => {
    expect(checkFile("infra/nothing.yml")).toMatchObject({
      ok: false,
      lines: [expect.stringMatching(/cannot be read: ENOENT/), expect.anything()],
    });
  });
});

describe("a storage in Fluss's spelling", () => {
  it.each(["s3.", "s3a.", "fs.s3a."])("is understood with the prefix %s", (prefix) => {
    for (const [pathStyle, role, sts] of [
      ["path-style-access", "assumed-role-arn", "assumed-role-sts-endpoint"],
      ["path.style.access", "assumed.role.arn", "assumed.role.sts.endpoint"],
    ]) {
      const { document } = loadVendingYaml(
        fileWith(`${head}  lake:
    issue: assume-role
    secret: keyvend/lake
    remote.data.dir: s3://lake/fluss
    ${prefix}endpoint: minio.example.com
    ${prefix}region: eu-north
    ${prefix}${pathStyle}: "false"
    ${prefix}${role}: arn:xxx:xxx:xxx:xxxx
    ${prefix}${sts}: https://sts.example.com
${grants}`),
      );
      expect(parseConfig(document).storages.get("lake")).toMatchObject({
        bucket: "lake",
        prefix: "fluss/",
        endpoint: "https://minio.example.com",
        region: "eu-north",
        pathStyleAccess: false,
        roleArn: "arn:xxx:xxx:xxx:xxxx",
        stsEndpoint: "https://sts.example.com",
      });
    }
  });

  it("vends nothing where token delegation is off", () => {
    const text = `${head}  lake:\n    remote.data.dir: s3://lake\n    s3.region: eu-west-1\n    fs.s3.enable-token-delegation: false\n${grants}`;
    expect(loadVendingYaml(fileWith(text)).config.storages.get("lake")).toMatchObject({ issue: "none" });
  });

  const rest = "remote.data.dir: s3://lake\nregion: eu-west-1\nissue: session-token\nsecret: s\n";
  it.each([
    [
      "a provider class",
      `${rest}s3.aws.credentials.provider: org.Example`,
      /^file\.yml:9 storages\.lake\["s3\.aws\.credentials\.provider"\] has no place here: a provider class/,
    ],
    [
      "a key id",
      `${rest}s3.access-key: AKIAEXAMPLE`,
      /^file\.yml:9 storages\.lake\["s3\.access-key"\] has no place here: keys belong in Secrets Manager/,
    ],
    [
      "a secret key",
      `${rest}fs.s3a.secret.key: org.Example`,
      /^file\.yml:9 .* has no place here: keys belong in Secrets Manager/,
    ],
    [
      "a session token",
      `${rest}s3.session.token: org.Example`,
      /^file\.yml:9 .* has no place here: keys belong in Secrets Manager/,
    ],
    [
      "an option of Hadoop's",
      `${rest}fs.s3a.connection.maximum: 9`,
      /^file\.yml:9 storages\.lake\["fs\.s3a\.connection\.maximum"\] is not known here/,
    ],
    [
      "two names that disagree",
      `${rest}s3.region: eu-east-9`,
      'file.yml:9 storages.lake["s3.region"] disagrees with region, which is another name for the same field',
    ],
    [
      "Fluss's names that disagree",
      "remote.data.dir: s3://lake\nissue: none\ns3.region: eu-west-1\nfs.s3a.endpoint.region: eu-east-9",
      'file.yml:8 storages.lake["fs.s3a.endpoint.region"] disagrees with s3.region, which is another name for the same field',
    ],
    [
      "delegation off, and a way",
      `${rest}fs.s3.enable-token-delegation: false`,
      'file.yml:9 storages.lake["fs.s3.enable-token-delegation"] disagrees with issue, which is another name for the same field',
    ],
    [
      "a wrong value under Fluss's name",
      "remote.data.dir: s3://la_ke\nregion: eu-west-1\nissue: none",
      'file.yml:5 storages.lake["remote.data.dir"] must name a bucket by S3\'s rules',
    ],
  ])("is refused for %s", (_what, fields, fault) => {
    const { ok, lines } = fluss(fields);
    expect(ok).toBe(false);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(fault);
    expect(lines.join()).not.toMatch(/AKIAEXAMPLE|org\.Example|eu-east-9|la_ke/);
  });

  it("may say a thing twice, as long as it says the same", () => {
    expect(fluss(`${rest}s3.region: eu-west-1\nfs.s3.enable-token-delegation: true`).ok).toBe(true);
  });
});
