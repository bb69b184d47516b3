import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ExplainAnswer, StoragesAnswer } from "../../../shared/contract.ts";
import {
  answer,
  type FakeService,
  good,
  inSeconds,
  json,
  problem,
  raw,
  secret,
  sessionToken,
  token,
} from "../fake-service.ts";
import { keyvend } from "./keyvend.ts";
import { openSurroundings } from "./surroundings.ts";

let service: FakeService;
let folder: string;
let env: Record<string, string>;
let close: () => Promise<void>;

beforeEach(async () => {
  ({ service, folder, env, close } = await openSurroundings());
});

afterEach(() => close());

const lake = {
  Storage: "lake",
  Bucket: "lake-bucket",
  Endpoint: "https://s3.eu-central-1.amazonaws.com",
  Region: "eu-central-1",
  PathStyleAccess: true,
};

const list: StoragesAnswer = {
  Storages: [
    {
      ...lake,
      Grants: [{ Targets: ["s3://lake-bucket/tables/"], Permission: "READ", MaxDurationSeconds: 5_400 }],
      Vends: true,
    },
  ],
};

describe("env", () => {
  const shells = {
    sh: `export AWS_SECRET_ACCESS_KEY='${secret}'`,
    powershell: `$env:AWS_SECRET_ACCESS_KEY = '${secret}'`,
    dotenv: `AWS_SECRET_ACCESS_KEY='${secret}'`,
  };
  test.each(Object.entries(shells))("writes the variables for %s", async (shell, line) => {
    const { status, out, err } = await keyvend(["env", "--shell", shell], env);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(out.split("\n")).toContain(line);
  });

  test("writes them as JSON: credentials, where S3 is, and until when", async () => {
    const Expiration = inSeconds(3_600);
    service.reply(good({ Expiration }));
    const { out } = await keyvend(["env", "--json"], env);
    expect(JSON.parse(out)).toEqual({
      AWS_ACCESS_KEY_ID: "ASIAEXAMPLE",
      AWS_SECRET_ACCESS_KEY: secret,
      AWS_SESSION_TOKEN: sessionToken,
      AWS_CREDENTIAL_EXPIRATION: Expiration,
      AWS_ENDPOINT_URL_S3: lake.Endpoint,
      AWS_REGION: lake.Region,
      AWS_DEFAULT_REGION: lake.Region,
    });
  });

  test("asks for what the options say, as who the token says", async () => {
    const args = ["env", "--target", "s3://b/x/", "--target", "s3://b/y/", "--permission", "READ"];
    await keyvend([...args, "--duration", "3600"], env);
    const [request] = service.requests;
    expect(request?.path).toBe("/v1/storages/lake/credentials");
    expect(`${request?.query}`).toBe(
      "target=s3%3A%2F%2Fb%2Fx%2F&target=s3%3A%2F%2Fb%2Fy%2F&permission=READ&durationSeconds=3600",
    );
    expect(request?.authorization).toBe(`Bearer ${token}`);
  });

  test("a quote in a key does not end the shell's word", async () => {
    service.alwaysReply(good({ SecretAccessKey: "a'$(id)'b" }));
    expect((await keyvend(["env"], env)).out).toContain(`AWS_SECRET_ACCESS_KEY='a'\\''$(id)'\\''b'\n`);
    expect((await keyvend(["env", "--shell", "powershell"], env)).out).toContain("= 'a''$(id)''b'\n");
    expect(await keyvend(["env", "--shell", "dotenv"], env)).toMatchObject({ status: 2, out: "" });
  });
});

describe("a terminal is shown no secret unless that is asked for", () => {
  test.each(["env", "credential-process", "config duckdb"])("%s", async (line) => {
    const args = line.split(" ");
    const refused = await keyvend(args, env, { isTerminal: true });
    expect(refused).toMatchObject({ status: 2, out: "" });
    expect(refused.err).toContain("--show-secrets");
    expect(service.requests).toHaveLength(0);
    const shown = await keyvend([...args, "--show-secrets"], env, { isTerminal: true });
    expect(shown.out).toContain(secret);
  });
});

describe("a mistake in the call is told with what to write instead, and asks nothing", () => {
  test.each([
    ["no command", ["lend"], 'no command "lend"'],
    ["an unknown option", ["env", "--bogus"], "--bogus"],
    ["an option of another command", ["storages", "--shell", "sh"], "--shell"],
    ["a value that an option cannot have", ["env", "--permission", "DELETE"], "READ, WRITE, READWRITE"],
    ["a duration in words", ["env", "--duration", "1h"], "3600"],
    ["exec of nothing", ["exec"], "after --"],
    ["a command for one that takes none", ["env", "--", "ls"], "after --"],
    ["no client", ["config"], "rclone"],
    ["a client that is not known", ["config", "excel"], "rclone"],
    ["a word too many", ["env", "lake"], "lake"],
    ["a port that is none", ["serve", "--port", "http"], "--port"],
    ["plain HTTP to another host", ["env", "--url", "http://vend.example.com"], "https://"],
  ])("%s", async (_, args, hint) => {
    const { status, out, err } = await keyvend(args, env);
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err).toContain(hint);
    expect(service.requests).toHaveLength(0);
  });

  test("a missing option is named, with its variable", async () => {
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
  ["a bucket with a new line in it", good({ Bucket: "b\n[default]" })],
  ["a refusal", problem(403, "no_grant")],
];

describe("a bad answer is an error: status 1, a sentence, no credentials and nothing kept", () => {
  test.each(bad)("%s", async (_, reply) => {
    for (const command of ["env", "credential-process"]) {
      service.reply(reply);
      const { status, out, err } = await keyvend([command], env);
      expect({ status, out }).toEqual({ status: 1, out: "" });
      expect(err).toMatch(/^keyvend: .+\.$/m);
      expect(err).not.toMatch(new RegExp(`${secret}|${sessionToken}|${token}`));
    }
    service.reply(good({ AccessKeyId: "ASIANEXT" }));
    expect((await keyvend(["credential-process"], env)).out).toContain("ASIANEXT");
  });

  test("no service at all", async () => {
    const { status, out, err } = await keyvend(["env", "--url", "http://127.0.0.1:1"], env);
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(err).toContain("--url");
  });

  test("as JSON where JSON is asked for, with the request id and each field", async () => {
    const fields = [{ field: "target", message: "must begin with s3://" }];
    service.alwaysReply(problem(400, "invalid_request", { fields }));
    expect(JSON.parse((await keyvend(["env", "--json"], env)).err)).toMatchObject({
      code: "invalid_request",
      requestId: "req-1",
      fields,
    });
    expect((await keyvend(["env"], env)).err).toContain("target: must begin with s3://");
  });

  test("what the service sends cannot move the terminal's cursor", async () => {
    service.reply(problem(403, "no_grant", { message: "\u001b[2J\u001b]0;x\u0007\r\u202e" }));
    expect((await keyvend(["env"], env)).err).not.toMatch(/[^\P{C}\n]/u);
  });
});

describe("an identity that cannot be had is told as what it is", () => {
  test.each([
    ["no token", [], {}, "KEYVEND_TOKEN"],
    ["no token file", ["--token-file", "/nowhere/token"], {}, "/nowhere/token"],
    ["no GitHub Actions job", ["--identity", "github-actions"], {}, "id-token: write"],
    ["no projected token", ["--identity", "kubernetes"], {}, "/var/run/secrets/keyvend/token"],
    [
      "no AWS credentials",
      ["--identity", "aws", "--json"],
      { AWS_REGION: "eu-central-1" },
      "AWS credentials",
    ],
    ["no AWS credentials to sign with", ["--identity", "aws-iam"], {}, "AWS credentials"],
  ])("%s", async (_, options, variables, hint) => {
    const { KEYVEND_TOKEN: __, ...rest } = env;
    const { status, out, err } = await keyvend(["env", ...options], { ...rest, ...variables });
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(err).toContain(hint);
    expect(service.requests).toHaveLength(0);
  });

  test("an expired token is refused by the service, in its words", async () => {
    const path = join(folder, "token");
    await writeFile(path, `${token}\n`);
    service.reply(problem(401, "unauthenticated"));
    const { status, err } = await keyvend(["env", "--token-file", path], env);
    expect(status).toBe(1);
    expect(err).toContain("unauthenticated");
  });
});

test("an AWS identity signs its requests, on the routes that take signatures", async () => {
  const aws = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "s", AWS_REGION: "eu-central-1" };
  const { status } = await keyvend(["env", "--identity", "aws-iam"], { ...env, ...aws });
  expect(status).toBe(0);
  expect(service.requests[0]?.path).toBe("/v1/aws/storages/lake/credentials");
  expect(service.requests[0]?.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE\/\d{8}\/eu-central-1\/execute-api\/aws4_request, /,
  );
});

describe("storages", () => {
  test("are listed for a person", async () => {
    service.reply(json(200, list));
    const { out } = await keyvend(["storages"], env);
    expect(service.requests[0]?.path).toBe("/v1/storages");
    expect(out).toBe(
      "lake  https://s3.eu-central-1.amazonaws.com, eu-central-1, path style\n" +
        "  READ       s3://lake-bucket/tables/  up to 1 h 30 min\n",
    );
  });

  test("are listed as JSON", async () => {
    service.reply(json(200, list));
    expect(JSON.parse((await keyvend(["storages", "--json"], env)).out)).toEqual(list);
  });

  test("a list that is none is an error", async () => {
    service.reply(json(200, { Storages: [{ Storage: "lake" }] }));
    expect(await keyvend(["storages"], env)).toMatchObject({ status: 1, out: "" });
  });
});

describe("explain", () => {
  const allowed: ExplainAnswer = {
    ...lake,
    Decision: "allowed",
    Grant: "readers",
    Targets: ["s3://lake-bucket/tables/"],
    Permission: "READ",
    DurationSeconds: 3_600,
    DurationCappedBy: "grant",
    Way: "assume-role",
    StsCall: "AssumeRole",
    ScopeEnforcedBy: "session-policy",
    Policy: { Document: "{}", Characters: 444, MostCharacters: 2_048 },
    Cache: { State: "empty" },
    Time: "2026-11-22T15:00:00Z",
  };

  test("says what one would get, and why", async () => {
    service.reply(json(200, allowed));
    const { status, out } = await keyvend(["explain"], env);
    expect(service.requests[0]?.path).toBe("/v1/storages/lake/explain");
    expect(status).toBe(0);
    expect(out).toBe(`lake: allowed
  grant      readers
  may        READ s3://lake-bucket/tables/
  for        1 h, capped by the grant
  by         assume-role, STS AssumeRole
  held to it by a session policy
  policy     444 of 2048 characters
  cache      empty, STS would be asked
  at         https://s3.eu-central-1.amazonaws.com, eu-central-1
`);
  });

  test("says why not, with status 1", async () => {
    const refused: ExplainAnswer = {
      Storage: "lake",
      Decision: "refused",
      Code: "no_grant",
      Message: "No grant of yours covers this request.",
      NearMisses: [
        { Grant: "readers", Failed: [{ Condition: "permission", Reason: "beyond_grant", Value: "WRITE" }] },
        { Failed: [{ Condition: "claims.team", Reason: "missing" }] },
      ],
      Time: "2026-11-22T15:00:00Z",
    };
    service.alwaysReply(json(200, refused));
    const { status, out } = await keyvend(["explain"], env);
    expect(status).toBe(1);
    expect(out).toBe(`lake: refused, no_grant. No grant of yours covers this request.
  nearly: readers, but permission goes beyond it ("WRITE")
  nearly: a grant, but claims.team is missing
`);
    const asJson = await keyvend(["explain", "--json"], env);
    expect({ ...asJson, out: JSON.parse(asJson.out) }).toMatchObject({ status: 1, out: refused });
  });
});

describe("config", () => {
  test("for the AWS CLI is a profile that comes for credentials itself, and holds none", async () => {
    service.reply(json(200, list));
    const args = ["config", "aws-cli", "--token-file", "/run/my token", "--permission", "READ"];
    const { KEYVEND_TOKEN: _, ...rest } = env;
    await writeFile(join(folder, "my token"), token);
    const { out } = await keyvend(args.with(3, join(folder, "my token")), rest);
    expect(out).toContain(
      `credential_process = keyvend credential-process --url ${service.url} --storage lake --permission READ --token-file '${folder}/my token'\n`,
    );
    expect(out).toContain("endpoint_url = https://s3.eu-central-1.amazonaws.com\n");
    expect(service.requests.map(({ path }) => path)).toEqual(["/v1/storages"]);
    expect(out).not.toContain(token);
  });

  test("for rclone takes the credentials of exec, and holds none", async () => {
    service.reply(json(200, list));
    const { out } = await keyvend(["config", "rclone"], env, { isTerminal: true });
    expect(out).toContain("[lake]\ntype = s3\n");
    expect(out).toContain("force_path_style = true\n");
  });

  test.each([
    ["duckdb", `SESSION_TOKEN '${sessionToken}'`, "ENDPOINT 's3.eu-central-1.amazonaws.com'"],
    ["spark", `spark.hadoop.fs.s3a.bucket.lake-bucket.session.token=${sessionToken}`, "endpoint.region=eu-"],
    ["flink", `s3.session.token: "${sessionToken}"`, 's3.path.style.access: "true"'],
    ["core-site", `<value>${sessionToken}</value>`, "TemporaryAWSCredentialsProvider"],
    ["hadoop", `fs.s3a.session.token=${sessionToken}`, "TemporaryAWSCredentialsProvider"],
    ["pyiceberg", `s3.session-token: "${sessionToken}"`, 's3.force-virtual-addressing: "false"'],
  ])("for %s holds credentials, the address, and says until when", async (client, ...lines) => {
    const { status, out, err } = await keyvend(["config", client], env);
    expect(status).toBe(0);
    for (const line of lines) expect(out).toContain(line);
    expect(err).toMatch(/until \d{4}-/);
  });

  test("of a storage that is not on the list says so", async () => {
    service.reply(json(200, { Storages: [] }));
    expect((await keyvend(["config", "rclone"], env)).err).toContain("keyvend storages");
  });
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

  test.each(["bash", "zsh", "fish"])("completion for %s knows every command", async (shell) => {
    const { out } = await keyvend(["completion", shell], {});
    for (const command of commands) expect(out).toContain(command);
    expect(out).toContain("show-secrets");
  });
});
