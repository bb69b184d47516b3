import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { stringify } from "yaml";
import { IamError } from "../../../infra/iam/fault.ts";
import { printIam } from "../../../infra/iam/print.ts";

/** What the command prints, or how it refuses. */
function configIam(...args: string[]) {
  try {
    return { stdout: printIam(args) };
  } catch (error) {
    return { stdout: "", refused: error as Error };
  }
}

/** The same, by the command itself. */
function run(...args: string[]) {
  try {
    const stdout = execFileSync(process.execPath, ["infra/iam/config-iam.ts", ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    return { status: 0, stdout, stderr: "" };
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
    return { status, stdout, stderr };
  }
}

const issuers = { company: { issuer: "https://login.example.com", audience: "keyvend" } };
const place = { bucket: "lake", region: "eu-central-1" };
const grant = { name: "all", issuer: "company", subject: "*", storage: "lake", permission: "READWRITE" };

function written(document: object): string {
  const folder = mkdtempSync(join(tmpdir(), "keyvend-iam-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "vending.yml");
  writeFileSync(path, stringify(document));
  return path;
}
test("the example's IAM is printed in three forms", () => {
  const { stdout: script } = configIam("--stage", "prod", "--region", "eu-central-1");
  expect(script).toContain("aws iam create-role");
  const { stdout } = configIam("--stage", "prod", "--region", "eu-central-1", "--json");
  const { places, deployer, ...target } = JSON.parse(stdout);
  expect(target).toEqual({ stage: "prod", region: "eu-central-1" });
  expect(places.map(({ kind }: { kind: string }) => kind)).toEqual(["aws", "minio"]);
  expect(deployer).toMatchObject({ account: "111122223333", partition: "aws" });
  const template = JSON.parse(configIam("--stage", "prod", "--cloudformation").stdout);
  const types = Object.values<{ Type: string }>(template.Resources).map(({ Type }) => Type);
  expect(new Set(types)).toEqual(
    new Set(["AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::ManagedPolicy", "AWS::S3::BucketPolicy"]),
  );
});

test("--storage leaves out what is for no such storage, and the deployer", () => {
  const { stdout } = configIam("--stage", "prod", "--json", "--storage", "fluss");
  const { places, deployer } = JSON.parse(stdout);
  expect(deployer).toBeUndefined();
  const [aws, minio] = places;
  expect([aws.roles.length, aws.users.length, minio.users.length]).toEqual([0, 1, 0]);
});

test("an account that nothing names is asked for, or the template's own", () => {
  const storages = { lake: { ...place, issue: "session-token", secret: "lake" } };
  const fluss = written({ issuers, storages, grants: [grant] });
  const { refused } = configIam("--config", fluss, "--stage", "prod");
  expect(refused).toBeInstanceOf(IamError);
  expect(refused?.message).toContain("give it (--account)");
  expect(configIam("--config", fluss, "--account", "111122223333")).not.toHaveProperty("refused");
  expect(configIam("--config", fluss, "--storage", "lake")).not.toHaveProperty("refused");
  const { stdout } = configIam(
    ...["--config", fluss, "--stage", "prod", "--region", "eu-central-1", "--cloudformation"],
  );
  expect(stdout).toContain(
    '"Fn::Sub": "arn:aws:lambda:eu-central-1:${AWS::AccountId}:function:keyvend-prod-vend"',
  );
  expect(JSON.parse(stdout).Conditions).not.toHaveProperty("InAccount");
});

test("the command prints, or says what is wrong in the configuration or in its arguments", () => {
  const path = written({
    issuers,
    storages: { lake: { ...place, issue: "session-token" } },
    grants: [grant],
  });
  const { status, stdout, stderr } = run("--config", path);
  expect([status, stdout]).toEqual([1, ""]);
  expect(stderr).toContain("storages.lake.secret");
  expect(run("--unknown")).toMatchObject({ status: 2, stdout: "" });
  expect(run("--stage", "prod")).toEqual({ status: 0, ...configIam("--stage", "prod"), stderr: "" });
});

test.each([
  [["--unknown"], "--unknown"],
  [["--json", "--cloudformation"], "two forms"],
  [["--account", "1234"], "12 digits"],
  [["--stage", "Prod"], "The stage must be"],
  [["--region", "somewhere"], "The region must be"],
  [["--storage", "no-such"], "is not in the configuration"],
  [["--whole", "no-such"], "must name a storage that vends"],
  [["--whole", "open-data"], "must name a storage that vends"],
  [["--user", "lake"], "STORAGE=VALUE"],
  [["--user", "lake=a b"], "STORAGE=VALUE"],
  [["--user", "lake=arn:aws:iam::1:user/x"], "STORAGE=VALUE"],
  [["--subject", "lake=x"], "issues by assume-role"],
  [["--kms-key-arn", "lake=arn:aws:kms:eu-central-1:111122223333:key/1"], "in the configuration"],
  [["--kms-key-arn", "fluss=alias/x"], "the ARN of a KMS key"],
  [["--bucket-account", "lake=1"], "12 digits"],
])("%j is refused as an argument", (args, words) => {
  const { refused } = configIam(...args);
  expect(refused?.message).toContain(words);
  expect(refused).not.toBeInstanceOf(IamError);
});

test("--help says what there is", () => {
  expect(configIam("--help").stdout).toContain("--cloudformation");
});
