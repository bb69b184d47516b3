import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../config/files.ts";

const key = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "not/a+real/key" };

interface Ended {
  status: number | string | null | undefined;
  out: string;
}

/** Runs the command without credentials, and with an endpoint at which nobody listens. */
function put(input: string, ...args: string[]): Promise<Ended> {
  const env = {
    PATH: process.env["PATH"],
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_ACCESS_KEY_ID: "AKIAOPERATOR00000000",
    AWS_SECRET_ACCESS_KEY: "operator",
    AWS_MAX_ATTEMPTS: "1",
    AWS_ENDPOINT_URL_SECRETS_MANAGER: "http://127.0.0.1:9",
  };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ["infra/secret/put.ts", ...args], { env }, (error, out, err) =>
      resolve({ status: error ? error.code : 0, out: out + err }),
    );
    child.stdin?.on("error", () => undefined).end(input);
  });
}

test.each([
  [["--help"], 0, /^npm run secret:put -- --storage lake/],
  [[], 2, /^npm run secret:put -- --storage lake/],
  [["--storage", "lake", "--secret", "x"], 2, /^Unknown option '--secret'/],
  [["--storage", "lake", key.secretAccessKey], 2, /^The key is no argument/],
  [["--storage", "lake", "--stage", "Prod"], 2, /^The stage must be/],
  [["--storage", "lake", "--param", "kmsKeyArn=alias/x"], 2, /kmsKeyArn must be the ARN of a KMS key/],
  [["--storage", "lake", "--config", "nowhere.yml"], 1, /\(file\): cannot be read: ENOENT/],
  [
    ["--storage", "ocean"],
    1,
    /^The storage "ocean" is not in the configuration\. Those with a secret: lake, fluss, archive\./,
  ],
  [["--storage", "open-data"], 1, /^The storage "open-data" needs no secret\./],
  [["--storage", "lake", "--file", "nowhere.json"], 1, /nowhere\.json cannot be read: ENOENT/],
])("%j ends with what is wrong, and prints nothing of a key", async (args, status, message) => {
  const ended = await put(JSON.stringify(key), ...args);
  expect(ended).toEqual({ status, out: expect.stringMatching(message) });
  expect(ended.out).not.toContain(key.secretAccessKey);
});

test.each([
  ["nothing", "", /^This is no long-term key: The access key id is missing/],
  [
    "a session",
    JSON.stringify({ ...key, sessionToken: "t" }),
    /^This is no long-term key: sessionToken is part of session credentials/,
  ],
  ["too much", "x".repeat(65_537), /^A long-term key has at most 65536 bytes/],
])("%s on standard input is no long-term key", async (_what, input, message) => {
  const ended = await put(input, "--storage", "lake");
  expect(ended).toEqual({ status: 1, out: expect.stringMatching(message) });
  expect(ended.out).not.toContain(key.secretAccessKey);
});

test("a failure of Secrets Manager names the secret and the region, and nothing of the key", async () => {
  const file = join(temporaryDirectory(), "key.json");
  writeFileSync(file, JSON.stringify(key));
  const ended = await put(
    "",
    "--storage",
    "lake",
    "--stage",
    "prod",
    "--region",
    "eu-west-1",
    "--file",
    file,
  );
  expect(ended).toEqual({ status: 1, out: expect.stringMatching(/^keyvend-prod\/lake in eu-west-1: /) });
  expect(ended.out).not.toContain(key.secretAccessKey);
});
