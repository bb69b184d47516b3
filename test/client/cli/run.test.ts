import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { greatestDurationSeconds } from "../../../shared/core/duration.ts";
import { leastDurationSeconds } from "../../../shared/core/expiry.ts";
import {
  answer,
  type FakeService,
  good,
  inSeconds,
  problem,
  raw,
  secret,
  sessionToken,
  token,
} from "../fake-service.ts";
import { keyvend } from "./keyvend.ts";
import { useSurroundings } from "./surroundings.ts";

const here = useSurroundings();

describe("a terminal gets no secret without --show-secrets", () => {
  test.each(["env", "credential-process", "config duckdb"])("%s", async (line) => {
    const args = line.split(" ");
    const refused = await keyvend(args, here.env, { isTerminal: true });
    expect(refused).toMatchObject({ status: 2, out: "" });
    expect(refused.err).toContain("--show-secrets");
    expect(here.service.requests).toHaveLength(0);
    const shown = await keyvend([...args, "--show-secrets"], here.env, { isTerminal: true });
    expect(shown.out).toContain(secret);
  });
});

describe("a mistake in the call is an error that says what to write instead, and asks nothing", () => {
  test.each([
    ["no command", ["lend"], 'no command "lend"'],
    ["an unknown option", ["env", "--bogus"], "--bogus"],
    ["an option of another command", ["storages", "--shell", "sh"], "--shell"],
    ["a value that an option cannot have", ["env", "--permission", "DELETE"], "READ, WRITE, READWRITE"],
    ["a duration in words", ["env", "--duration", "1h"], "3600"],
    ["exec without a command", ["exec"], "which command"],
    ["exec with nothing after --", ["exec", "--"], "which command"],
    ["an option before the command", ["--storage", "lake", "env"], "keyvend COMMAND [options]"],
    ["help for no command", ["help", "lend"], "storages"],
    ["a public address", ["serve", "--address", "0.0.0.0"], "169.254.170.2"],
    ["a command after --, for a command that takes none", ["env", "--", "ls"], "after --"],
    ["no client", ["config"], "rclone"],
    ["an unknown client", ["config", "excel"], "rclone"],
    ["a word too many", ["env", "lake"], "lake"],
    ["a port that is no number", ["serve", "--port", "http"], "--port"],
    ["a storage that is a step up", ["env", "--storage", ".."], "--storage must be a name"],
    [
      "a storage that is a step up, to sign for",
      ["env", "--storage", "..", "--identity", "aws-iam"],
      "--storage",
    ],
    ["plain HTTP to another host", ["env", "--url", "http://vend.example.com"], "https://"],
  ])("%s", async (_, args, hint) => {
    const { status, out, err } = await keyvend(args, here.env);
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err).toContain(hint);
    expect(here.service.requests).toHaveLength(0);
  });

  test.each([
    ["a word that it cannot be", "env", { PERMISSION: "read" }, "KEYVEND_PERMISSION must be one of READ,"],
    ["no number of seconds", "env", { DURATION: "1h" }, "KEYVEND_DURATION must be"],
    ["no port", "serve", { PORT: "http" }, "KEYVEND_PORT must be"],
    ["no address of this machine", "serve", { ADDRESS: "0.0.0.0" }, "KEYVEND_ADDRESS must be"],
    ["a storage that is a step up", "env", { STORAGE: ".." }, "KEYVEND_STORAGE must be a name"],
    ["plain HTTP to another host", "env", { URL: "http://vend.example.com" }, "KEYVEND_URL must be https://"],
  ])("in a variable is blamed on the variable: %s", async (_, command, variables, says) => {
    const [[name = "", value = ""] = []] = Object.entries(variables);
    const set = { ...here.env, [`KEYVEND_${name}`]: value };
    const { status, err } = await keyvend([command], set);
    expect(status).toBe(2);
    expect(err).toContain(`keyvend: ${says}`);
    expect(JSON.parse((await keyvend([command, "--json"], set)).err).message).toContain(says);
    // What stands on the command line wins, and has the blame.
    const option = `--${name.toLowerCase()}`;
    for (const words of [[option, value], [`${option}=${value}`]])
      expect((await keyvend([command, ...words], set)).err).toContain(`keyvend: ${option} must be`);
    expect(here.service.requests).toHaveLength(0);
  });

  test.each([
    [
      ["--duration", "-5"],
      "--duration needs a value. One that begins with a dash stands after =: --duration=VALUE",
    ],
    [["--duration"], "--duration needs a value."],
    [["--duration", "--json"], "--duration needs a value."],
    [
      ["--duration=-5"],
      `--duration must be whole seconds from ${leastDurationSeconds} to ${greatestDurationSeconds}, for example`,
    ],
    [["--duration", "0"], "--duration must be whole seconds from 1800 to 129600"],
    [["--duration", "129601"], "--duration must be whole seconds from 1800 to 129600"],
    [["--json=1"], "--json has no value."],
    [["--bogus"], "There is no option --bogus here."],
    [["-x"], "There is no option -x here."],
  ])("in options has a sentence of its own: %j", async (words, says) => {
    const { status, err } = await keyvend(["env", ...words], here.env);
    expect(status).toBe(2);
    expect(err).toContain(says);
    expect(err).not.toContain("?");
    expect(here.service.requests).toHaveLength(0);
  });

  test("a missing option is named, and so is its variable", async () => {
    const { status, err } = await keyvend(["env"], {});
    expect(status).toBe(2);
    expect(err).toContain("KEYVEND_URL");
  });
});

const half = JSON.stringify(answer()).slice(0, 60);
const bad: [string, Parameters<FakeService["reply"]>[0]][] = [
  ["HTML", raw(200, "<!doctype html><title>Sign in</title>")],
  ["half a JSON", raw(200, half)],
  ["a redirect", raw(302, "", { location: "https://elsewhere.example.com" })],
  ["ten megabytes", raw(200, `{"AccessKeyId":"${"A".repeat(10_000_000)}"}`)],
  ["an expiration in the past, or a clock that is wrong", good({ Expiration: inSeconds(-60) })],
  ["a missing field", good({ SecretAccessKey: undefined })],
  ["an empty key", good({ AccessKeyId: "" })],
  ["a key of two lines", good({ SecretAccessKey: "a\nexport PATH=/tmp" })],
  ["an endpoint with a new line in it", good({ Endpoint: "https://s3\n.example.com" })],
  ["a target with a new line in it", good({ Targets: ["s3://b/\n[default]"] })],
  ["targets that are no list", good({ Targets: "s3://b/" })],
  ["a session token with a blank in it", good({ Token: "a b" })],
  ["a name with a new line in it", good({ Storage: "lake\n[default]" })],
  ["a bucket with a new line in it", good({ Bucket: "b\n[default]" })],
  ["a refusal", problem(403, "no_grant")],
];

describe("a bad answer is an error: status 1, a sentence, no credentials and nothing kept", () => {
  test.each(bad)("%s", async (_, reply) => {
    for (const command of ["env", "credential-process"]) {
      here.service.reply(reply);
      const { status, out, err } = await keyvend([command], here.env);
      expect({ status, out }).toEqual({ status: 1, out: "" });
      expect(err).toMatch(/^keyvend: (?!Something went wrong).+\.$/m);
      expect(err).not.toMatch(new RegExp(`${secret}|${sessionToken}|${token}`));
    }
    here.service.reply(good({ AccessKeyId: "ASIANEXT" }));
    expect((await keyvend(["credential-process"], here.env)).out).toContain("ASIANEXT");
  });

  test("no service at all", async () => {
    const { status, out, err } = await keyvend(["env", "--url", "http://127.0.0.1:1"], here.env);
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(err).toContain("Check the address");
  });

  test("--json makes it JSON, with the request id and each field", async () => {
    const fields = [{ field: "target", message: "must begin with s3://" }];
    here.service.alwaysReply(problem(400, "invalid_request", { fields }));
    expect(JSON.parse((await keyvend(["env", "--json"], here.env)).err)).toMatchObject({
      code: "invalid_request",
      requestId: "req-1",
      fields,
    });
    expect((await keyvend(["env"], here.env)).err).toContain("target: must begin with s3://");
  });

  test("nothing that the service sends moves the terminal's cursor", async () => {
    here.service.reply(problem(403, "no_grant", { message: "\u001b[2J\u001b]0;x\u0007\r\u202e" }));
    expect((await keyvend(["env"], here.env)).err).not.toMatch(/[^\P{C}\n]/u);
  });

  test.each(["explain", "storages"])("nor does %s --json, which loses nothing of it", async (command) => {
    const name = "lake\u009b2J\u202e\u2028";
    const grants = [{ Targets: [name], Permission: "READ", MaxDurationSeconds: 3_600 }];
    const address = {
      Storage: name,
      Bucket: "b",
      Endpoint: "https://s3",
      Region: "r",
      PathStyleAccess: false,
    };
    const answers = {
      explain: { Storage: name, Decision: "allowed", Time: "2026-11-26T00:00:00Z" },
      storages: { Storages: [{ ...address, Grants: grants, Vends: true }] },
    };
    here.service.reply((response) => response.end(JSON.stringify(answers[command as keyof typeof answers])));
    const { out } = await keyvend([command, "--json"], here.env);
    expect(out).not.toMatch(/[^\P{C}\n]|\u2028/u);
    expect(JSON.parse(out)).toEqual(answers[command as keyof typeof answers]);
  });
});

describe("an identity that is not there is an error that says what is missing", () => {
  test.each([
    ["no token", [], {}, "KEYVEND_TOKEN"],
    ["no token file", ["--token-file", "/nowhere/token"], {}, "/nowhere/token"],
    ["no GitHub Actions job", ["--identity", "github-actions"], {}, "id-token: write"],
    ["no projected token", ["--identity", "kubernetes"], {}, "/var/run/secrets/keyvend/token"],
    [
      "no projected token of this name",
      ["--identity", "kubernetes", "--token-file", "/nowhere/t"],
      {},
      "/nowhere/t",
    ],
    ["a token that no header carries", [], { KEYVEND_TOKEN: "two words" }, "visible ASCII"],
    [
      "no AWS credentials",
      ["--identity", "aws", "--json"],
      { AWS_REGION: "eu-central-1" },
      "AWS credentials",
    ],
    ["no AWS credentials to sign with", ["--identity", "aws-iam"], {}, "AWS credentials"],
    [
      "no region to sign for",
      ["--identity", "aws-iam"],
      { AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "s" },
      "AWS_REGION",
    ],
  ])("%s", async (_, options, variables, hint) => {
    const { KEYVEND_TOKEN: __, ...rest } = here.env;
    const { status, out, err } = await keyvend(["env", ...options], { ...rest, ...variables });
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(err).toContain(hint);
    expect(here.service.requests).toHaveLength(0);
  });

  test("a refusal of the token has the service's words", async () => {
    const path = join(here.folder, "token");
    await writeFile(path, `${token}\n`);
    here.service.reply(problem(401, "unauthenticated"));
    const { status, err } = await keyvend(["env", "--token-file", path], here.env);
    expect(status).toBe(1);
    expect(err).toContain("unauthenticated");
  });
});

test("an AWS identity's requests are signed, on the routes that take signatures", async () => {
  const aws = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "s", AWS_REGION: "eu-central-1" };
  const { status } = await keyvend(["env", "--identity", "aws-iam"], { ...here.env, ...aws });
  expect(status).toBe(0);
  expect(here.service.requests[0]?.path).toBe("/v1/aws/storages/lake/credentials");
  expect(here.service.requests[0]?.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE\/\d{8}\/eu-central-1\/execute-api\/aws4_request, /,
  );
});

describe("help", () => {
  const commands = [
    ...["env", "exec", "credential-process", "serve"],
    ...["storages", "explain", "config", "completion"],
  ];
  test.each(commands)("of %s has its options and an example", async (command) => {
    const { status, out } = await keyvend([command, "--help"], {});
    expect(status).toBe(0);
    expect(out).toContain(`keyvend ${command}`);
    expect(out).toContain("Examples:");
    expect((await keyvend(["--help"], {})).out).toContain(`  ${command} `);
  });

  test.each([
    ["exec", "-h"],
    ["help", "exec"],
    ["help", "--json", "exec"],
    ["--help", "exec", "--json"],
    ["exec", "--storage", "lake", "-h", "ls"],
  ])("of one command is written for %s %s", async (...words) => {
    const { status, out } = await keyvend(words, {});
    expect(status).toBe(0);
    expect(out).toContain("Usage: keyvend exec [options] [--] CMD");
    expect(out).toContain("token file");
  });

  test("fits a terminal of 130 columns", async () => {
    const texts = await Promise.all(
      [[], ...commands.map((command) => [command])].map((of) => keyvend(["help", ...of], {})),
    );
    const lines = texts
      .flatMap(({ out }) => out.split("\n"))
      .filter((line) => !line.startsWith("Usage: keyvend config"));
    expect(lines.filter((line) => line.length > 130)).toEqual([]);
  });

  test.each([
    [["--help"]],
    [["-h"]],
    [["help"]],
    [["help", "-h"]],
    [["help", "help"]],
    [["help", "--json"]],
    [[]],
  ])("of all commands is written for %j", async (words) => {
    const { status, out } = await keyvend(words, {});
    expect(status).toBe(0);
    expect(out).toContain("Usage: keyvend COMMAND");
  });

  test("of no command is an error, as JSON as well", async () => {
    const { status, out, err } = await keyvend(["help", "--json", "lend"], {});
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(JSON.parse(err)).toMatchObject({ code: "usage", message: expect.stringContaining('"lend"') });
  });

  test.each(["--version", "-v", "-V", "version"])("the version is the package's for %s", async (word) => {
    const { version } = JSON.parse(await readFile("shared/client/package.json", "utf8"));
    expect(await keyvend([word], {})).toEqual({ status: 0, out: `${version}\n`, err: "" });
  });

  test.each(["bash", "zsh", "fish"])("completion for %s knows every command", async (shell) => {
    const { out } = await keyvend(["completion", shell], {});
    for (const command of commands) expect(out).toContain(command);
    expect(out).toContain("show-secrets");
  });
});
