import { expect, test } from "vitest";
import { checkDocument } from "../../../infra/config/vending-yaml.ts";
import { judge } from "../../../infra/page/judge.ts";

const storage = { bucket: "lake", region: "eu-central-1", issue: "assume-role", secret: "lake" };
const document = (folder: string, more: object = {}) => ({
  issuers: { corp: { issuer: "https://login.example.com", audience: "keyvend" } },
  storages: { lake: { ...storage, roleArn: "arn:aws:iam::111122223333:role/lake" } },
  grants: [
    {
      name: "raw",
      issuer: "corp",
      claims: { team: "data" },
      storage: "lake",
      prefix: folder,
      permission: "READ",
    },
  ],
  ...more,
});
const running = checkDocument(document("raw/")).config;
const judged = (pasted: object | string, caller = "") =>
  judge({ config: typeof pasted === "string" ? pasted : JSON.stringify(pasted, null, 2), caller }, running);

test("it says which callers gain and which lose which folder against the configuration that runs", () => {
  expect(judged(document("raw/"))).toEqual({ faults: [], warnings: [], changes: [] });
  expect(judged(document("new/")).changes).toEqual([
    expect.objectContaining({ change: "lose", folder: "s3://lake/raw/", grant: "raw", rights: ["READ"] }),
    expect.objectContaining({ change: "gain", folder: "s3://lake/new/", holders: "corp, team data" }),
  ]);
});

test("faults stand at their lines, and nothing else is told then", () => {
  const text =
    "issuers: {}\nstorages: {}\ngrants:\n  - name: x\n    issuer: nope\n    subject: a\n    storage: lake\n    permission: READ\n";
  const { faults, changes } = judged(text);
  expect(faults).toContainEqual({ line: 5, path: "grants[0].issuer", message: expect.any(String) });
  expect(changes).toBeUndefined();
});

test.each(["a: [", "a: 1\na: 2", "x: &a [*a]", ""])(
  "what is no configuration is a fault, and no error: %j",
  (text) => {
    expect(judged(text, "{").faults.length).toBeGreaterThan(0);
  },
);

test("a value that somebody pasted by mistake is in no fault", () => {
  const secret = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY";
  const pasted = document("raw/", {
    storages: { lake: { ...storage, secretAccessKey: secret, region: secret } },
  });
  expect(judged(pasted).faults.length).toBeGreaterThan(0);
  expect(JSON.stringify(judged(pasted))).not.toContain(secret);
});

test("a case is decided by both configurations, on each storage or on the one that it names", () => {
  const more = document("new/", {
    storages: { ...document("").storages, other: { ...document("").storages.lake, bucket: "other" } },
  });
  const caller = "issuer: corp\nclaims: { team: data }";
  expect(judged(more, caller).outcomes).toEqual([
    {
      storage: "lake",
      running: "READ on s3://lake/raw/ for 3600 s",
      pasted: "READ on s3://lake/new/ for 3600 s",
    },
    { storage: "other", running: "no such storage", pasted: "denied: no_grant" },
  ]);
  expect(judged(more, `${caller}\nstorage: other`).outcomes).toHaveLength(1);
});

test("a case that the running configuration does not take says so, and the pasted one's faults are told once", () => {
  const more = document("raw/", {
    issuers: { ...document("").issuers, next: { issuer: "https://next.example.com", audience: "keyvend" } },
  });
  expect(judged(more, "{ issuer: next, subject: a }").outcomes).toMatchObject([
    { storage: "lake", running: "not accepted: issuer is not among the issuers", pasted: "denied: no_grant" },
  ]);
  const { outcomes, callerFaults } = judged(more, "{ issuer: nope, colour: red }");
  expect(outcomes).toBeUndefined();
  expect(callerFaults).toEqual([{ path: "colour", message: "is not known here" }]);
  expect(judged(more, "a: [").callerFaults).toHaveLength(1);
});

test("it reads no file that the pasted text names", () => {
  const pasted = document("raw/", { caBundle: "/etc/ssl/certs/ca-certificates.crt" });
  expect(judged(pasted)).toEqual(judged(document("raw/")));
});
