/** The scripts, run by a shell with stand-ins for the tools, which write down how they were called. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { deployerOf } from "../../../infra/iam/deployer.ts";
import { scriptOf } from "../../../infra/iam/script/script.ts";
import type { IamSetting } from "../../../infra/iam/setting.ts";
import { expected } from "./expected.ts";

const tools = ["aws", "mc", "radosgw-admin"];

/** Runs a script. The stand-ins fail for calls that hold one of these words. */
function run(script: string, { failing = [] }: { failing?: readonly string[] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "keyvend-iam-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const log = join(folder, "calls");
  const tool = `#!${process.execPath}
const [, path, ...args] = process.argv;
require("node:fs").appendFileSync(${JSON.stringify(log)}, JSON.stringify([path.split("/").at(-1), ...args]) + "\\n");
process.exitCode = args.some((arg) => ${JSON.stringify(failing)}.includes(arg)) ? 1 : 0;
`;
  for (const name of tools) {
    writeFileSync(join(folder, name), tool);
    chmodSync(join(folder, name), 0o755);
  }
  const here = join(folder, "here");
  execFileSync("mkdir", [here]);
  execFileSync("sh", ["-c", script], { cwd: here, env: { PATH: `${folder}:${process.env["PATH"]}` } });
  const calls = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
  return {
    calls: calls.map((line): string[] => JSON.parse(line)),
    files: readdirSync(here).sort(),
    document: (name: string): unknown => JSON.parse(readFileSync(join(here, name), "utf8")),
  };
}

const issuers = { company: { issuer: "https://login.example.com", audience: "keyvend" } };
const role = "arn:aws:iam::111122223333:role/data/keyvend-lake";
const lake = { bucket: "lake", region: "eu-central-1" };
const byKey = { ...lake, issue: "assume-role", roleArn: role, secret: "lake", maxDurationSeconds: 43_200 };
const grant = { name: "all", issuer: "company", subject: "*", storage: "lake", permission: "READWRITE" };
const user = "keyvend-prod-eu-central-1-lake";

function scriptFor(storage: object, options: Partial<IamSetting> = {}, more: object = {}) {
  const iam = expected({ issuers, storages: { lake: storage }, grants: [grant], ...more }, options);
  return { iam, script: scriptOf(iam, { stage: "prod" }) };
}

describe("on AWS", () => {
  test("each document is in the file that its command puts", () => {
    const { iam, script } = scriptFor(byKey);
    const { calls, document } = run(script, { failing: ["get-user"] });
    const [made] = iam[0]?.roles ?? [];
    const policyArn = `arn:aws:iam::111122223333:policy/${user}`;
    expect(document("keyvend-lake.trust.json")).toEqual(made?.trust);
    expect(document("keyvend-lake.rights.json")).toEqual(made?.rights);
    expect(document(`${user}.policy.json`)).toEqual(iam[0]?.users[0]?.policy);
    expect(calls.map(([, , ...words]) => words.join(" "))).toEqual([
      "create-role --role-name keyvend-lake --path /data/ --assume-role-policy-document file://keyvend-lake.trust.json",
      "update-role --role-name keyvend-lake --max-session-duration 43200",
      "put-role-policy --role-name keyvend-lake --policy-name keyvend --policy-document file://keyvend-lake.rights.json",
      `get-user --user-name ${user}`,
      `create-user --user-name ${user} --path /`,
      `create-policy --policy-name ${user} --policy-document file://${user}.policy.json`,
      `attach-user-policy --user-name ${user} --policy-arn ${policyArn}`,
    ]);
  });

  test("what is there already is changed", () => {
    const { calls } = run(scriptFor(byKey).script, { failing: ["create-role", "create-policy"] });
    const commands = calls.map(([, , name]) => name);
    expect(commands).toContain("update-assume-role-policy");
    expect(commands).toContain("create-policy-version");
    expect(commands).not.toContain("create-user");
  });

  test("a user that was given is not made, and one in an unknown account gets its policy by that of the credentials", () => {
    const session = { ...lake, issue: "session-token", secret: "lake" };
    const { script } = scriptFor(session, { users: new Map([["lake", "lake-owner"]]) });
    const { calls } = run(script);
    expect(calls.map(([, , name]) => name)).toEqual([
      "create-policy",
      "get-caller-identity",
      "attach-user-policy",
    ]);
  });

  test("a bucket's policy is shown and not put, since the command would replace what is there", () => {
    const { script } = scriptFor(byKey);
    expect(run(script).calls.flat()).not.toContain("put-bucket-policy");
    expect(script).toMatch(/^# {3}aws s3api put-bucket-policy --bucket lake /m);
  });

  test("each account has its section, that of the deployer as well", () => {
    const setting = { stage: "prod", region: "eu-central-1", account: "444455556666", options: {} };
    const { iam } = scriptFor(byKey);
    const deployer = deployerOf(setting);
    const script = scriptOf(iam, { stage: "prod", deployer });
    expect(script.match(/^# ==== .*$/gm)).toEqual([
      "# ==== AWS, account 111122223333",
      "# ==== AWS",
      "# ==== AWS, account 444455556666",
    ]);
    const { document } = run(script);
    for (const { name, policy } of deployer.policies) expect(document(`${name}.policy.json`)).toEqual(policy);
  });

  test("the key of the deployment's options has its part, where there is one", () => {
    const setting = { stage: "prod", region: "eu-central-1", account: "444455556666" };
    const kmsKeyArn = "arn:aws:kms:eu-central-1:444455556666:key/1234";
    const deployer = deployerOf({ ...setting, options: { kmsKeyArn } });
    const script = scriptOf([], { stage: "prod", deployer });
    expect(script).toContain(`# For the policy of the KMS key ${kmsKeyArn}`);
    expect(run(script).document("1234.deployment-key-policy.json")).toMatchObject({
      Statement: deployer.key?.statements,
    });
    expect(deployerOf({ ...setting, options: {} })).not.toHaveProperty("key");
  });

  test("nothing of the configuration is run, and everything arrives as it is", () => {
    const issuer = "https://login.example.com/'$(id>pwned)`id>pwned`;id>pwned";
    const audience = "it's $HOME\n; id > pwned";
    const web = { ...lake, issue: "web-identity", roleArn: role };
    const { script } = scriptFor(web, {}, { issuers: { company: { issuer, audience } } });
    const { calls, files } = run(script, { failing: ["create-open-id-connect-provider"] });
    expect(calls[0]).toEqual([
      ...["aws", "iam", "create-open-id-connect-provider", "--url", issuer, "--client-id-list", audience],
    ]);
    expect(calls[1]).toContain(`arn:aws:iam::111122223333:oidc-provider/${issuer.slice("https://".length)}`);
    expect(files).not.toContain("pwned");
  });
});

describe("on other stores", () => {
  const store = (kind: string) => ({
    ...{ bucket: "lake", region: "us-east-1", endpoint: "https://s3.example.com" },
    ...{ stsEndpoint: "https://s3.example.com", store: kind, issue: "assume-role", secret: "lake" },
    roleArn: "arn:aws:iam:::role/keyvend-lake",
  });

  test("MinIO gets a policy and a user, whose secret mc asks for", () => {
    const { iam, script } = scriptFor(store("minio"));
    const { calls, document } = run(script, { failing: ["info"] });
    expect(calls).toEqual([
      ["mc", "admin", "user", "info", "store-lake", user],
      ["mc", "admin", "user", "add", "store-lake", user],
      ["mc", "admin", "policy", "create", "store-lake", user, `${user}.policy.json`],
      ["mc", "admin", "policy", "attach", "store-lake", user, "--user", user],
    ]);
    expect(document(`${user}.policy.json`)).toEqual(iam[0]?.users[0]?.policy);
    // To MinIO reading is reading of old versions, too.
    expect(JSON.stringify(iam[0]?.users[0]?.policy)).toContain("s3:versionid");
    expect(run(script).calls.flat()).not.toContain("add");
  });

  test("MinIO lets readers of versions read them", () => {
    const grants = [{ ...grant, also: ["versions"] }];
    const iam = expected({ issuers, storages: { lake: store("minio") }, grants });
    expect(JSON.stringify(iam[0]?.users[0]?.policy)).not.toContain("s3:versionid");
  });

  test("MinIO has a policy for callers with tokens of their own", () => {
    const { secret: _, ...web } = { ...store("minio"), issue: "web-identity" };
    const { calls } = run(scriptFor(web).script);
    expect(calls).toEqual([["mc", "admin", "policy", "create", "store-lake", user, `${user}.policy.json`]]);
  });

  test("Ceph gets a user, whose key it makes, and a role that denies sessions", () => {
    const { iam, script } = scriptFor(store("ceph"));
    const { calls, files } = run(script, { failing: ["info"] });
    const [made] = iam[0]?.roles ?? [];
    expect(calls).toEqual([
      ["radosgw-admin", "user", "info", `--uid=${user}`],
      ["radosgw-admin", "user", "create", `--uid=${user}`, `--display-name=${user}`],
      [
        ...["radosgw-admin", "role", "create", "--role-name=keyvend-lake", "--path=/"],
        `--assume-role-policy-doc=${JSON.stringify(made?.trust, null, 2)}`,
      ],
      [
        ...["radosgw-admin", "role-policy", "put", "--role-name=keyvend-lake", "--policy-name=keyvend"],
        `--policy-doc=${JSON.stringify(made?.rights, null, 2)}`,
      ],
    ]);
    expect(files).toContain(`${user}.key.json`);
    expect(made?.trust.Statement[1]).toEqual({
      Effect: "Deny",
      Principal: { AWS: ["arn:aws:iam:::role/keyvend-lake"] },
      Action: ["sts:AssumeRole"],
    });
  });

  test("Ceph gets roles for longer sessions by its IAM, and changes roles that are there", () => {
    const { script } = scriptFor({ ...store("ceph"), maxDurationSeconds: 43_200 });
    const { calls } = run(script, { failing: ["create-role", "role-trust-policy"] });
    expect(calls.map(([tool, ...words]) => [tool, ...words.slice(0, 2)])).toEqual([
      ["radosgw-admin", "user", "info"],
      ["aws", "iam", "create-role"],
      ["radosgw-admin", "role-trust-policy", "modify"],
      ["radosgw-admin", "role", "modify"],
      ["radosgw-admin", "role-policy", "put"],
    ]);
    expect(calls[1]).toEqual(expect.arrayContaining(["--endpoint-url", "https://s3.example.com", "43200"]));
  });

  test("Ceph's roles deny the sessions of all roles that trust the same user", () => {
    const other = { ...store("ceph"), roleArn: "arn:aws:iam:::role/keyvend-other" };
    const apart = { ...store("ceph"), roleArn: "arn:aws:iam:::role/apart", secret: "apart" };
    const iam = expected({
      issuers,
      storages: { lake: store("ceph"), other, apart },
      grants: ["lake", "other", "apart"].map((storage) => ({ ...grant, name: storage, storage })),
    });
    const denied = iam[0]?.roles.map(({ trust }) => trust.Statement.find(({ Effect }) => Effect === "Deny"));
    const both = ["arn:aws:iam:::role/keyvend-lake", "arn:aws:iam:::role/keyvend-other"];
    expect(denied?.map((statement) => statement?.Principal)).toEqual([
      { AWS: both },
      { AWS: both },
      { AWS: ["arn:aws:iam:::role/apart"] },
    ]);
  });

  test("SeaweedFS gets a part of its file, and a store that is not known the documents", () => {
    const weed = { ...store("seaweedfs"), roleArn: "arn:aws:iam::000000000000:role/keyvend-lake" };
    const { iam, script } = scriptFor(weed);
    const { document, calls } = run(script);
    const [made] = iam[0]?.roles ?? [];
    expect(calls).toEqual([]);
    expect(document("seaweedfs.iam.json")).toEqual({
      policies: [{ name: "keyvend-lake", document: made?.rights }],
      roles: [
        {
          roleName: "keyvend-lake",
          roleArn: weed.roleArn,
          trustPolicy: made?.trust,
          attachedPolicies: ["keyvend-lake"],
        },
      ],
    });
    expect(made?.trust.Statement).toEqual([
      {
        Effect: "Allow",
        Principal: { AWS: [`arn:aws:iam::000000000000:user/${user}`] },
        Action: ["sts:AssumeRole"],
      },
    ]);
    const unknown = scriptFor({ ...store("other"), roleArn: weed.roleArn });
    expect(unknown.script).toContain("No commands of the store at https://s3.example.com are known here.");
    expect(run(unknown.script).files).toContain("keyvend-lake.trust.json");
  });
});
