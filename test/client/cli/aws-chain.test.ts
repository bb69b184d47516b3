import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildCli } from "../../../shared/client/build-cli.ts";
import { start } from "./process.ts";
import { useSurroundings } from "./surroundings.ts";

const here = useSurroundings();
let folder: string;
let command: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "keyvend-chain-"));
  command = await buildCli(join(folder, "project/node_modules/keyvend/dist/cli"));
  writeFileSync(
    join(folder, "config"),
    "[profile team]\naws_access_key_id = AKIATEAM\naws_secret_access_key = s\n",
  );
});

afterAll(() => rmSync(folder, { recursive: true }));

function storages(env: Record<string, string>) {
  const own = {
    ...{ AWS_CONFIG_FILE: join(folder, "config"), AWS_SHARED_CREDENTIALS_FILE: join(folder, "none") },
    ...{ AWS_EC2_METADATA_DISABLED: "true", AWS_REGION: "eu-central-1", PATH: process.env["PATH"] ?? "" },
  };
  return start(command, ["env", "--identity", "aws-iam"], { ...here.env, ...own, ...env }).result;
}

test("without the AWS SDK beside keyvend a profile is an error that says what to install", async () => {
  const { status, err } = await storages({ AWS_PROFILE: "team" });
  expect(status).toBe(1);
  expect(err).toContain("install @aws-sdk/credential-providers beside keyvend");
});

test("with it, profiles are found by its own chain; variables still come first", async () => {
  const modules = join(folder, "project/node_modules");
  mkdirSync(modules, { recursive: true });
  symlinkSync(resolve("node_modules/@aws-sdk"), join(modules, "@aws-sdk"));
  expect(await storages({ AWS_PROFILE: "team" })).toMatchObject({ status: 0, err: "" });
  const keys = { AWS_ACCESS_KEY_ID: "AKIAOWN", AWS_SECRET_ACCESS_KEY: "s" };
  expect(await storages({ AWS_PROFILE: "team", ...keys })).toMatchObject({ status: 0 });
  expect(here.service.requests.map(({ authorization }) => authorization?.split("/")[0])).toEqual([
    "AWS4-HMAC-SHA256 Credential=AKIATEAM",
    "AWS4-HMAC-SHA256 Credential=AKIAOWN",
  ]);
  const { status, err } = await storages({ AWS_PROFILE: "nobody" });
  expect(status).toBe(1);
  expect(err).toContain("the AWS SDK found none with the profile nobody");
});

test("a profile that asks keyvend for the chain's credentials ends, after one step", async () => {
  const modules = join(folder, "project/node_modules");
  mkdirSync(modules, { recursive: true });
  if (!existsSync(join(modules, "@aws-sdk")))
    symlinkSync(resolve("node_modules/@aws-sdk"), join(modules, "@aws-sdk"));
  const [steps, errors] = [join(folder, "steps"), join(folder, "errors")];
  // It stops by itself after five steps, where the command does not.
  const script = join(folder, "loop.sh");
  writeFileSync(
    script,
    `echo step >> ${steps}; [ $(grep -c step ${steps}) -lt 5 ] || exit 1; "${process.execPath}" "${command}" credential-process --identity aws-iam 2>> ${errors}`,
  );
  writeFileSync(join(folder, "config-loop"), `[profile lake]\ncredential_process = sh ${script}\n`);
  const { status, err } = await storages({
    ...{ AWS_PROFILE: "lake", AWS_CONFIG_FILE: join(folder, "config-loop") },
  });
  expect(status).toBe(1);
  // The chain has two parts that run the profile's command. Neither gets further than one step.
  const refusal = "keyvend: keyvend was asked for credentials by a profile that it asks itself";
  expect(readFileSync(steps, "utf8")).toBe("step\n".repeat(2));
  expect(readFileSync(errors, "utf8").split(refusal)).toHaveLength(3);
  expect(err).toContain("the AWS SDK found none with the profile lake");
  expect(err).toContain("not from keyvend itself");
}, 30_000);
