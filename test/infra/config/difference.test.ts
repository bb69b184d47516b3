import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { linesOf } from "../../../infra/config/diff.ts";
import { differenceOf } from "../../../infra/config/difference.ts";
import { parseConfig } from "../../../infra/config/parse-config.ts";
import { soundDocument } from "./document.ts";

type Document = Omit<ReturnType<typeof soundDocument>, "grants"> & { grants: object[] };
const grant = {
  name: "all",
  issuer: "company",
  subject: "*",
  storage: "lake",
  permission: "READ",
  prefix: "raw/",
};

/** What a change from some grants to others says, a line for each. */
function said(before: object[], after: object[], change: (document: Document) => object = (same) => same) {
  const config = (grants: object[], changing = (same: Document): object => same) =>
    parseConfig(changing({ ...soundDocument(), grants }), Date.parse("2026-11-01"));
  return linesOf(differenceOf(config(before), config(after, change)));
}

test.each<[string, object[], object[], string[]]>([
  ["nothing", [grant], [grant], []],
  ["a new name", [grant], [{ ...grant, name: "other" }], []],
  [
    "another order",
    [grant, { ...grant, name: "b", prefix: "b/" }],
    [{ ...grant, name: "b", prefix: "b/" }, grant],
    [],
  ],
  ["a new grant", [], [grant], ["+ gain READ on s3://lake/raw/ (lake): company, subject * (grant all)"]],
  ["a grant less", [grant], [], ["- lose READ on s3://lake/raw/ (lake): company, subject * (grant all)"]],
  [
    "more rights",
    [grant],
    [{ ...grant, permission: "READWRITE", also: ["folder"] }],
    ["+ gain WRITE, folder on s3://lake/raw/ (lake): company, subject * (grant all)"],
  ],
  [
    "a wider folder",
    [grant],
    [{ ...grant, prefix: "" }],
    ["+ gain READ on s3://lake/ (lake): company, subject * (grant all)"],
  ],
  [
    "a folder beside",
    [grant],
    [{ ...grant, prefix: "raw2/" }],
    [
      "- lose READ on s3://lake/raw/ (lake): company, subject * (grant all)",
      "+ gain READ on s3://lake/raw2/ (lake): company, subject * (grant all)",
    ],
  ],
  ["a grant that another covers", [grant, { ...grant, name: "b", prefix: "raw/b/" }], [grant], []],
  [
    "one subject of two",
    [{ ...grant, subject: ["a", "b"] }],
    [{ ...grant, subject: ["b", "c"] }],
    [
      "- lose READ on s3://lake/raw/ (lake): company, subject a (grant all)",
      "+ gain READ on s3://lake/raw/ (lake): company, subject c (grant all)",
    ],
  ],
  [
    "one value of a claim less",
    [{ ...grant, claims: { team: ["a", "b"] } }],
    [{ ...grant, claims: { team: "a" } }],
    ["- lose READ on s3://lake/raw/ (lake): company, subject *, team b (grant all)"],
  ],
  [
    "a star over a literal",
    [{ ...grant, subject: "svc-1" }],
    [{ ...grant, subject: ["svc-*"] }],
    ["+ gain READ on s3://lake/raw/ (lake): company, subject svc-* (grant all)"],
  ],
  [
    "an end",
    [grant],
    [{ ...grant, expires: "2026-12-01T00:00:00Z" }],
    ["- lose READ on s3://lake/raw/ (lake): company, subject * (grant all)"],
  ],
  [
    "addresses",
    [{ ...grant, sourceIps: "192.0.2.0/24" }],
    [grant],
    ["+ gain READ on s3://lake/raw/ (lake): company, subject * (grant all)"],
  ],
  ["a grant on trial", [], [{ ...grant, mode: "audit" }], []],
  [
    "a template in place of a folder",
    [{ ...grant, prefix: "t/acme/", claims: { tenant: "acme" } }],
    [{ ...grant, prefix: "t/${claims.tenant}/", claims: { tenant: "*" } }],
    [
      "- lose READ on s3://lake/t/acme/ (lake): company, subject *, tenant acme (grant all)",
      "+ gain READ on s3://lake/t/${claims.tenant}/ (lake): company, subject *, tenant * (grant all)",
    ],
  ],
])("%s", (_, before, after, lines) => {
  expect(said(before, after)).toEqual(lines);
});

test("issuers and storages that differ are named with their fields, and never with values", () => {
  const lines = said([grant], [grant], (document) => ({
    ...document,
    issuers: { company: { ...document.issuers.company, audience: "another" } },
    storages: { ...document.storages, lake: { ...document.storages.lake, secret: "other/lake" } },
  }));
  expect(lines).toEqual(["~ changed issuers.company: audience", "~ changed storages.lake: secret"]);
});

test("a storage that points elsewhere takes a folder away and gives another", () => {
  const lines = said([grant], [grant], (document) => ({
    ...document,
    storages: { ...document.storages, lake: { ...document.storages.lake, bucket: "other" } },
  }));
  expect(lines).toEqual([
    "- lose READ on s3://lake/raw/ (lake): company, subject * (grant all)",
    "+ gain READ on s3://other/raw/ (lake): company, subject * (grant all)",
    "~ changed storages.lake: bucket",
  ]);
});

test("what a storage gives that vends nothing makes up for no loss", () => {
  const withAddress = (document: Document) => ({
    ...document,
    storages: { ...document.storages, address: { ...addressOf(document), issue: "none" } },
  });
  const addressOf = ({ storages: { lake } }: Document) => ({ bucket: lake.bucket, region: lake.region });
  expect(said([grant], [{ ...grant, storage: "address" }], withAddress)).toContain(
    "- lose READ on s3://lake/raw/ (lake): company, subject * (grant all)",
  );
});

test("another issuer under the same name has other callers", () => {
  const lines = said([grant], [grant], (document) => ({
    ...document,
    issuers: { company: { ...document.issuers.company, issuer: "https://other.example.com" } },
  }));
  expect(lines).toEqual([
    "- lose READ on s3://lake/raw/ (lake): company, subject * (grant all)",
    "+ gain READ on s3://lake/raw/ (lake): company, subject * (grant all)",
    "~ changed issuers.company: issuer",
  ]);
});

test("a token that is taken out loses what grants gave it, and one whose claims change what these gave", () => {
  const tokenGrant = { ...grant, issuer: "api-token", claims: { team: "*" }, prefix: "t/${claims.team}/" };
  const withTokens = (apiTokens: object) => (document: Document) => ({ ...document, apiTokens });
  const token = (team: string) => ({
    sha256: "0".repeat(64),
    expires: "2026-12-01T00:00:00Z",
    claims: { team },
  });
  const config = (apiTokens: object) =>
    parseConfig(
      withTokens(apiTokens)({ ...soundDocument(), grants: [tokenGrant] }),
      Date.parse("2026-11-01"),
    );
  const lines = linesOf(
    differenceOf(
      config({ a: token("x"), b: { ...token("y"), sha256: "1".repeat(64) } }),
      config({ a: token("z") }),
    ),
  );
  expect(lines).toEqual([
    "- lose READ on s3://lake/t/x/ (lake): api-token a (grant all)",
    "- lose READ on s3://lake/t/y/ (lake): api-token b (grant all)",
    "+ gain READ on s3://lake/t/z/ (lake): api-token a (grant all)",
    "~ changed apiTokens.a: claims",
    "~ removed apiTokens.b",
  ]);
});

test("the command says it in lines or JSON, and by its exit status", async () => {
  const folder = await mkdtemp(join(tmpdir(), "keyvend-diff-"));
  const file = async (name: string, grants: object[]) => {
    const path = join(folder, name);
    await writeFile(path, JSON.stringify({ ...soundDocument(), grants }));
    return path;
  };
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, ["infra/config/diff.ts", ...args]).then(
      ({ stdout }) => ({ code: 0, stdout, stderr: "" }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    );
  const [none, one] = [await file("none.yml", []), await file("one.yml", [grant])];
  expect(await run(none, none)).toMatchObject({ code: 0, stdout: "" });
  expect(await run(none, one)).toMatchObject({
    code: 1,
    stdout: "+ gain READ on s3://lake/raw/ (lake): company, subject * (grant all)\n",
  });
  const json = await run(one, none, "--json");
  expect(JSON.parse(json.stdout)).toMatchObject({ changes: [{ change: "lose", rights: ["READ"] }] });
  expect(await run(none)).toMatchObject({ code: 2, stderr: expect.stringContaining("Usage") });
  expect(await run(none, join(folder, "missing.yml"))).toMatchObject({ code: 2 });
  expect(await run(none, one, "--yaml")).toMatchObject({ code: 2 });
  await rm(folder, { recursive: true });
});
