import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { good, inSeconds, json, problem, secret, sessionToken, token } from "../../fake-service.ts";
import { keyvend } from "../keyvend.ts";
import { storages, useSurroundings } from "../surroundings.ts";

const here = useSurroundings();

test.each([
  ["sh", `export AWS_SECRET_ACCESS_KEY='${secret}'`],
  ["powershell", `$env:AWS_SECRET_ACCESS_KEY = '${secret}'`],
  ["fish", `while set -el AWS_SECRET_ACCESS_KEY; end; set -gx AWS_SECRET_ACCESS_KEY '${secret}'`],
  ["cmd", `@set "AWS_SECRET_ACCESS_KEY=${secret}"`],
  ["dotenv", `AWS_SECRET_ACCESS_KEY='${secret}'`],
  ["docker", `AWS_SECRET_ACCESS_KEY=${secret}`],
])("writes the variables for %s", async (shell, line) => {
  const { status, out, err } = await keyvend(["env", "--shell", shell], here.env);
  expect({ status, err }).toEqual({ status: 0, err: "" });
  expect(out.split(/\r?\n/)).toContain(line);
});

test("writes them as JSON: credentials, address and expiration", async () => {
  const Expiration = inSeconds(3_600);
  here.service.alwaysReply(good({ Expiration }));
  const variables = {
    AWS_ENDPOINT_URL_S3: "https://s3.eu-central-1.amazonaws.com",
    AWS_REGION: "eu-central-1",
    AWS_DEFAULT_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "ASIAEXAMPLE",
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_CREDENTIAL_EXPIRATION: Expiration,
  };
  for (const words of [["--json"], ["--shell", "json"]])
    expect(JSON.parse((await keyvend(["env", ...words], here.env)).out)).toEqual(variables);
});

test.each([
  ["sh", /^unset .*\bAWS_SESSION_TOKEN\n/],
  ["fish", /^while set -el AWS_SESSION_TOKEN; end; set -eg AWS_SESSION_TOKEN$/m],
  ["cmd", /^@set "AWS_SESSION_TOKEN="\r$/m],
  ["powershell", /^\$env:AWS_SESSION_TOKEN = \$null$/m],
])("with a long-term key, the session token of an earlier session goes: %s", async (shell, text) => {
  here.service.reply(good({ Token: "" }));
  const { out } = await keyvend(["env", "--shell", shell], here.env);
  expect(out).toMatch(text);
});

test.each(["dotenv", "docker", "github", "json"])(
  "with a long-term key, an empty session token is written for no reader: %s",
  async (shell) => {
    here.service.reply(good({ Token: "" }));
    const { status, out } = await keyvend(["env", "--shell", shell], { ...here.env, GITHUB_ACTIONS: "true" });
    expect(status).toBe(0);
    expect(out).not.toContain("AWS_SESSION_TOKEN");
  },
);

test("a storage that vends nothing has its address alone, and no credentials of the caller's own are unset", async () => {
  here.service.reply(problem(409, "delegation_off"), json(200, storages));
  const { status, out, err } = await keyvend(["env"], here.env);
  expect({ status, err }).toEqual({ status: 0, err: "" });
  expect(out.split("\n")).toEqual([
    "unset AWS_IGNORE_CONFIGURED_ENDPOINT_URLS AWS_USE_FIPS_ENDPOINT AWS_USE_DUALSTACK_ENDPOINT",
    "export AWS_ENDPOINT_URL_S3='https://s3.eu-central-1.amazonaws.com'",
    "export AWS_REGION='eu-central-1'",
    "export AWS_DEFAULT_REGION='eu-central-1'",
    "",
  ]);
});

test("asks what the options say, as the identity that the token proves", async () => {
  const words = ["env", "--target", "s3://b/x/", "--target", "s3://b/y/", "--permission", "READ"];
  await keyvend([...words, "--duration", "3600"], here.env);
  const [request] = here.service.requests;
  expect(request?.path).toBe("/v1/storages/lake/credentials");
  expect(`${request?.query}`).toBe(
    "target=s3%3A%2F%2Fb%2Fx%2F&target=s3%3A%2F%2Fb%2Fy%2F&permission=READ&durationSeconds=3600",
  );
  expect(request?.authorization).toBe(`Bearer ${token}`);
});

test("a quote in a key does not end the shell's word", async () => {
  here.service.alwaysReply(good({ SecretAccessKey: "a'$(id)'b" }));
  expect((await keyvend(["env"], here.env)).out).toContain(`AWS_SECRET_ACCESS_KEY='a'\\''$(id)'\\''b'\n`);
  expect((await keyvend(["env", "--shell", "powershell"], here.env)).out).toContain("= 'a''$(id)''b'\n");
});

test("a key that no dotenv file carries is refused, with another way", async () => {
  here.service.reply(good({ SecretAccessKey: "a$HOME" }));
  const { status, out, err } = await keyvend(["env", "--shell", "dotenv"], here.env);
  expect({ status, out }).toEqual({ status: 2, out: "" });
  expect(err).toContain("dotenv cannot carry this AWS_SECRET_ACCESS_KEY. Use --shell json.");
  expect(err).not.toContain("a$HOME");
});

test("GitHub's runner is told to hide the keys before anything is written", async () => {
  const env = { ...here.env, GITHUB_ACTIONS: "true" };
  const { out, err } = await keyvend(["env", "--shell", "github"], env);
  expect(err).toBe(`::add-mask::ASIAEXAMPLE\n::add-mask::${secret}\n::add-mask::${sessionToken}\n`);
  expect(out).toMatch(/^AWS_SECRET_ACCESS_KEY<<(ghadelimiter_\S+)\n.+\n\1\n/m);
  const outside = await keyvend(["env", "--shell", "github"], here.env);
  expect(outside).toMatchObject({ status: 2, out: "", err: expect.not.stringContaining(secret) });
});

/** What a program has in its environment that a shell starts once it has evaluated the text. */
function afterEval(text: string, before: Record<string, string>, code: string): string {
  const script = 'eval "$1" && exec "$2" --input-type=module -e "$3"';
  const PATH = process.env["PATH"] ?? "";
  return execFileSync("sh", ["-c", script, "sh", text, process.execPath, code], {
    env: { PATH, HOME: here.folder, ...before },
    encoding: "utf8",
  });
}

test("under a profile with a key of its own, AWS's SDK for JavaScript signs with what was vended", async () => {
  const files = { config: join(here.folder, "config"), credentials: join(here.folder, "credentials") };
  await writeFile(files.config, "[profile mine]\nregion = us-west-2\n");
  await writeFile(files.credentials, "[mine]\naws_access_key_id = AKIAMINE\naws_secret_access_key = mine\n");
  const mine = {
    AWS_PROFILE: "mine",
    AWS_CONFIG_FILE: files.config,
    AWS_SHARED_CREDENTIALS_FILE: files.credentials,
    AWS_ENDPOINT_URL: "http://127.0.0.1:1",
    AWS_SESSION_TOKEN: "of an earlier session",
  };
  const code = `
    import { S3Client } from ${JSON.stringify(import.meta.resolve("@aws-sdk/client-s3"))};
    const { config } = new S3Client({});
    const { accessKeyId, sessionToken } = await config.credentials();
    console.log(JSON.stringify([accessKeyId, sessionToken ?? null, await config.region()]));`;
  expect(JSON.parse(afterEval("true", mine, code))[0]).toBe("AKIAMINE");
  const { out } = await keyvend(["env"], here.env);
  expect(JSON.parse(afterEval(out, mine, code))).toEqual(["ASIAEXAMPLE", sessionToken, "eu-central-1"]);
  here.service.reply(good({ Token: "" }));
  const ofStatic = await keyvend(["env"], here.env);
  expect(JSON.parse(afterEval(ofStatic.out, mine, code))).toEqual(["ASIAEXAMPLE", null, "eu-central-1"]);
});
