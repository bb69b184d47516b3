/** `serve` and `exec` as they are built, each a process of its own. `long-running.test.ts` has them in this process. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, stat } from "node:fs/promises";
import { get, type IncomingHttpHeaders } from "node:http";
import { join } from "node:path";
import { json as readJson } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { problem, secret, sessionToken } from "../fake-service.ts";
import { useBuiltCli } from "./built.ts";
import { type Running, start } from "./process.ts";

const here = useBuiltCli();

describe("serve", { timeout: 60_000 }, () => {
  let serving: Running;
  let endpoint: { url: string; tokenFile: string; token: string; region: string };

  beforeEach(async () => {
    serving = start(here.file, ["serve", "--json"], here.env);
    const [line] = await once(serving.process.stdout ?? expect.fail(), "data");
    const variables = JSON.parse(String(line));
    const tokenFile = variables.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE;
    endpoint = {
      url: variables.AWS_CONTAINER_CREDENTIALS_FULL_URI,
      tokenFile,
      token: await readFile(tokenFile, "utf8"),
      region: variables.AWS_REGION,
    };
  });

  afterEach(async () => {
    serving.process.kill();
    await serving.result;
  });

  async function call(headers: IncomingHttpHeaders, url = endpoint.url) {
    const [response] = await once(get(url, { headers }), "response");
    return { status: response.statusCode, body: (await readJson(response)) as Record<string, unknown> };
  }

  test("answers an SDK that sends the token, with one request to the service however many there are", async () => {
    const calls = Array.from({ length: 20 }, () => call({ authorization: endpoint.token }));
    for (const { status, body } of await Promise.all(calls)) {
      expect(status).toBe(200);
      expect(body).toMatchObject({ SecretAccessKey: secret, Token: sessionToken });
    }
    expect(here.service.requests).toHaveLength(1);
  });

  test("lets only its user read the token, and removes it at the end", async () => {
    expect((await stat(endpoint.tokenFile)).mode & 0o777).toBe(0o600);
    expect((await stat(join(endpoint.tokenFile, ".."))).mode & 0o777).toBe(0o700);
    serving.process.kill("SIGTERM");
    const { status, out } = await serving.result;
    expect(status).toBe(0);
    expect(out).not.toContain(endpoint.token);
    await expect(stat(endpoint.tokenFile)).rejects.toThrow();
  });
});

test("what serve writes is for a shell, wherever its file is, and nothing wins over it", {
  timeout: 60_000,
}, async () => {
  const odd = join(here.folder, "it's; id");
  await mkdir(odd);
  const serving = start(here.file, ["serve"], { ...here.env, TMPDIR: odd });
  const [lines] = await once(serving.process.stdout ?? expect.fail(), "data");
  const script = 'set -eu; eval "$1"; cat "$AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"; env';
  const before = {
    PATH: here.env["PATH"],
    AWS_PROFILE: "mine",
    AWS_ACCESS_KEY_ID: "mine",
    AWS_CONTAINER_AUTHORIZATION_TOKEN: "old",
  };
  const printed = execFileSync("sh", ["-c", script, "sh", String(lines)], { env: before, encoding: "utf8" });
  serving.process.kill();
  await serving.result;
  expect(printed).toContain("AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:");
  expect(printed).not.toMatch(/=(mine|old)$/m);
});

test("serve ends with the service's refusal", { timeout: 60_000 }, async () => {
  here.service.alwaysReply(problem(403, "no_grant"));
  const { status, out, err } = await start(here.file, ["serve"], here.env).result;
  expect({ status, out }).toEqual({ status: 1, out: "" });
  expect(err).toContain("no_grant");
});

describe("exec", { timeout: 60_000 }, () => {
  const exec = (code: string, variables: Record<string, string> = {}) =>
    start(here.file, ["exec", "--", process.execPath, "-e", code], { ...here.env, ...variables });

  test("gives the command the endpoint and the address", async () => {
    const { status, out, err } = await exec(`
      const { AWS_CONTAINER_CREDENTIALS_FULL_URI: url, AWS_CONTAINER_AUTHORIZATION_TOKEN: authorization } = process.env;
      const ask = () => fetch(url, { headers: { authorization } }).then((response) => response.json());
      const { AWS_REGION, AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3 } = process.env;
      Promise.all([ask(), ask()]).then(([{ AccessKeyId }]) =>
        console.log(JSON.stringify([AccessKeyId, AWS_REGION, AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3])));
    `).result;
    expect({ status, err }).toEqual({ status: 0, err: "" });
    const region = "eu-central-1";
    expect(JSON.parse(out)).toEqual(["ASIAEXAMPLE", region, region, `https://s3.${region}.amazonaws.com`]);
    expect(here.service.requests).toHaveLength(1);
  });

  test("leaves the command no other credentials that an SDK would take first", async () => {
    const own = {
      AWS_ACCESS_KEY_ID: "AKIAOWN",
      AWS_SECRET_ACCESS_KEY: "own",
      AWS_SESSION_TOKEN: "own",
      AWS_PROFILE: "own",
      AWS_WEB_IDENTITY_TOKEN_FILE: "/own",
      AWS_ROLE_ARN: "own",
      AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/own",
      AWS_SHARED_CREDENTIALS_FILE: "/own",
      AWS_CREDENTIAL_PROFILES_FILE: "/own",
      AWS_CONFIG_FILE: "/own",
      AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true",
      OTHER: "kept",
    };
    const { out } = await exec(
      `const { readFileSync, existsSync } = require("node:fs");
       const { AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, AWS_CREDENTIAL_PROFILES_FILE, ...all } = process.env;
       console.log(JSON.stringify({ all, config: readFileSync(AWS_CONFIG_FILE, "utf8"), files: [AWS_SHARED_CREDENTIALS_FILE, AWS_CREDENTIAL_PROFILES_FILE].map((file) => existsSync(file) || file) }))`,
      own,
    ).result;
    const { all, config, files } = JSON.parse(out);
    expect(Object.keys(all).filter((name) => name in own)).toEqual(["OTHER"]);
    expect(config).toContain("addressing_style = path");
    expect(files).toEqual([expect.stringMatching(/\.none$/), files[0]]);
  });

  test("without credentials, the command is not started", async () => {
    here.service.alwaysReply(problem(403, "no_grant"));
    const { status, out, err } = await exec('console.log("started")').result;
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(err).toContain("no_grant");
  });
});

test.each(["exec", "serve"])("%s names a TMPDIR that is not there", { timeout: 60_000 }, async (command) => {
  const words = command === "exec" ? ["exec", "--", "true"] : ["serve"];
  const { status, out, err } = await start(here.file, words, { ...here.env, TMPDIR: "/nonexistent" }).result;
  expect({ status, out }).toEqual({ status: 2, out: "" });
  expect(err).toContain("/nonexistent (ENOENT). Set TMPDIR");
});
