import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { commandLine } from "../../../../shared/client/src/cli/clients/without-credentials.ts";
import { splitAsC } from "../../../formats/split-as-c.ts";
import { good, json, problem, sessionToken, token } from "../../fake-service.ts";
import { keyvend } from "../keyvend.ts";
import { storages, useSurroundings } from "../surroundings.ts";

const here = useSurroundings();

describe("a client that comes for credentials itself is given none:", () => {
  beforeEach(() => here.service.alwaysReply(json(200, storages)));

  test("the AWS CLI, whose profile asks the same question", async () => {
    const { KEYVEND_TOKEN: _, ...rest } = here.env;
    const tokenFile = join(here.folder, "my token");
    await writeFile(tokenFile, token);
    const words = ["config", "aws-cli", "--token-file", tokenFile, "--permission", "READ"];
    const { out } = await keyvend(words, rest);
    expect(out).toContain(
      ` credential-process --url ${here.service.url} --storage lake --permission READ --token-file '${tokenFile}'\n`,
    );
    expect(out).toContain("endpoint_url = https://s3.eu-central-1.amazonaws.com\n");
    expect(out).toContain("addressing_style = path\n");
    expect(here.service.requests.map(({ path }) => path)).toEqual(["/v1/storages"]);
    expect(out).not.toContain(token);
  });

  test("the AWS CLI, whose profile finds the token's file from every folder", async () => {
    const { KEYVEND_TOKEN: _, ...rest } = here.env;
    const tokenFile = join(here.folder, "token");
    await writeFile(tokenFile, token);
    for (const client of ["aws-cli", "profile"]) {
      const { out } = await keyvend(["config", client, "--token-file", relative(".", tokenFile)], rest);
      expect(out).toContain(` --token-file ${tokenFile}\n`);
    }
  });

  test.each(["aws-cli", "profile"])("%s, with the token's file that a variable names", async (client) => {
    const { KEYVEND_TOKEN, ...rest } = here.env;
    const tokenFile = join(here.folder, "token");
    await writeFile(tokenFile, token);
    const variables = { ...rest, KEYVEND_TOKEN_FILE: relative(".", tokenFile) };
    const { out, err } = await keyvend(["config", client], variables);
    expect(out).toContain(` --token-file ${tokenFile}\n`);
    expect(err).toBe("");
    // An identity of another kind has no such file.
    const aws = { AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "s", AWS_REGION: "eu-central-1" };
    const signed = await keyvend(["config", client, "--identity", "aws-iam"], { ...variables, ...aws });
    expect(signed.out).not.toContain("--token-file");
    expect(signed.err).toBe("");
    // No file can be named: the profile is of use only where the token is.
    const alone = await keyvend(["config", client], { ...rest, KEYVEND_TOKEN: `${KEYVEND_TOKEN}` });
    expect(alone.out).not.toContain("--token-file");
    expect(alone.err).toBe(
      "keyvend: this profile names no token: it works only where KEYVEND_TOKEN is set. With --token-file it works everywhere.\n",
    );
  });

  test.each(["s3://lake-bucket/a #b/", "s3://lake-bucket/a\tb/"])(
    "the AWS CLI, but for a word that a profile would cut off: %j",
    async (target) => {
      const { status, out, err } = await keyvend(["config", "aws-cli", "--target", target], here.env);
      expect({ status, out }).toEqual({ status: 2, out: "" });
      expect(err).toContain("No profile can hold");
    },
  );

  test("the AWS CLI, with all that decides the answer", async () => {
    const [lake] = storages.Storages;
    here.service.reply(json(200, { Storages: [{ ...lake, PathStyleAccess: false }] }));
    const aws = { AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "s", AWS_REGION: "eu-central-1" };
    const words = ["--identity", "aws-iam", "--audience", "x", "--target", "s3://lake-bucket/it's/"];
    const { out } = await keyvend(["config", "aws-cli", "--duration", "1800", ...words], {
      ...here.env,
      ...aws,
    });
    expect(out).toContain(
      `--target 's3://lake-bucket/it'\\''s/' --duration 1800 --identity aws-iam --audience x\n`,
    );
    expect(out).toContain("addressing_style = auto\n");
  });

  test("rclone, which takes those of exec", async () => {
    const { out } = await keyvend(["config", "rclone"], here.env, { isTerminal: true });
    expect(out).toContain("[lake]\ntype = s3\n");
    expect(out).toContain("force_path_style = true\n");
  });

  const explained = (members: object) =>
    json(200, {
      Decision: "allowed",
      Targets: ["s3://lake-bucket/t1/"],
      ScopeEnforcedBy: "session-policy",
      ...members,
    });

  test.each([
    ["hadoop", "fs.s3a.bucket.lake-bucket."],
    ["spark", "spark.hadoop.fs.s3a.bucket.lake-bucket."],
  ])("%s, whose S3A asks a profile, of each bucket since 3.4.2, of all before", async (client, prefix) => {
    here.service.reply(explained({ Targets: ["s3://lake-bucket/"] }));
    const { status, out, err } = await keyvend(["config", client], here.env, { isTerminal: true });
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(out.split("\n").filter((line) => !line.startsWith("#"))).toEqual([
      `${prefix}endpoint=https://s3.eu-central-1.amazonaws.com`,
      `${prefix}region=eu-central-1`,
      `${prefix}endpoint.region=eu-central-1`,
      `${prefix}path.style.access=true`,
      `${prefix}aws.credentials.provider=org.apache.hadoop.fs.s3a.auth.ProfileAWSCredentialsProvider`,
      `${prefix}auth.profile.name=lake`,
      "",
    ]);
    expect(out).toContain(
      `\n# ${prefix}aws.credentials.provider=com.amazonaws.auth.profile.ProfileCredentialsProvider\n`,
    );
    for (const words of ["3.4.2", "AWS_PROFILE=lake", "keyvend config profile", "keyvend exec", "core-site"])
      expect(out).toContain(words);
    expect(here.service.requests.map(({ path }) => path)).toEqual([
      "/v1/storages/lake/explain",
      "/v1/storages",
    ]);
  });

  test("Flink, whose S3A asks a profile, too", async () => {
    here.service.reply(explained({ Also: ["folder"] }));
    const { out } = await keyvend(["config", "flink"], here.env, { isTerminal: true });
    expect(out).toContain('\ns3.endpoint: "https://s3.eu-central-1.amazonaws.com"\n');
    expect(out).toContain('s3.path.style.access: "true"\n');
    expect(out).toContain(
      's3.aws.credentials.provider: "com.amazonaws.auth.profile.ProfileCredentialsProvider"\n',
    );
    expect(out).toContain("AWS_PROFILE=lake");
  });

  test.each(["hadoop", "spark", "flink"])("%s is told what its scope allows to S3A", async (client) => {
    const told = async (members: object) => {
      here.service.reply(explained(members));
      return (await keyvend(["config", client], here.env)).err;
    };
    expect(await told({})).toContain("keyvend: The scope's own folder cannot be looked at by S3A");
    expect(await told({ Also: ["folder", "tags"] })).toBe("keyvend: the grant also allows folder, tags.\n");
    expect(await told({ Permission: "WRITE" })).toContain("WRITE neither reads nor lists");
    for (const change of [{ ScopeEnforcedBy: "none" }, { Targets: "?" }, { Also: "\u001b[2J", Targets: [1] }])
      expect(await told(change)).toBe("");
    here.service.reply(json(200, { Decision: "refused", Code: "no_grant", Message: "None." }));
    expect(await keyvend(["config", client], here.env)).toMatchObject({ status: 0, err: "" });
  });

  test("the profile itself, a plain section that asks the same question", async () => {
    const { KEYVEND_TOKEN: _, ...rest } = here.env;
    const tokenFile = join(here.folder, "token");
    await writeFile(tokenFile, token);
    const words = ["--token-file", tokenFile, "--target", "s3://lake-bucket/t1/"];
    const { out } = await keyvend(["config", "profile", ...words], rest, { isTerminal: true });
    expect(out.replace(/ = .* (?=credential-process )/, " = keyvend ")).toBe(
      `[lake]\ncredential_process = keyvend credential-process --url ${here.service.url} --storage lake ` +
        `--target s3://lake-bucket/t1/ --token-file ${tokenFile}\n`,
    );
  });

  test("as JSON as well", async () => {
    const { out } = await keyvend(["config", "rclone", "--json"], here.env);
    expect(JSON.parse(out)).toEqual({ client: "rclone", settings: expect.stringContaining("[lake]") });
  });
});

describe("a client that holds credentials is given them, the address, and until when:", () => {
  test.each([
    [
      "duckdb",
      `SESSION_TOKEN '${sessionToken}'`,
      "ENDPOINT 's3.eu-central-1.amazonaws.com'",
      "URL_STYLE 'path'",
    ],
    ["core-site", `<value>${sessionToken}</value>`, "TemporaryAWSCredentialsProvider"],
    ["pyiceberg", `s3.session-token: "${sessionToken}"`, 's3.force-virtual-addressing: "false"'],
  ])("%s", async (client, ...lines) => {
    const { status, out, err } = await keyvend(["config", client], here.env);
    expect(status).toBe(0);
    for (const line of lines) expect(out).toContain(line);
    expect(err).toMatch(/until \d{4}-/);
  });

  test.each([
    ["duckdb", "SESSION_TOKEN", "URL_STYLE 'vhost'"],
    ["core-site", "session.token", "<value>a&lt;b&amp;c</value>"],
    ["pyiceberg", "session-token", 's3.force-virtual-addressing: "true"'],
  ])("%s, of a long-term key, which has no session token", async (client, missing, line) => {
    here.service.reply(good({ Token: "", PathStyleAccess: false, SecretAccessKey: "a<b&c" }));
    const { out } = await keyvend(["config", client], here.env);
    expect(out).not.toContain(missing);
    expect(out).toContain(line);
  });

  test.each(["core-site", "fluss"])(
    "%s is told where S3A cannot look at the scope's own folder",
    async (client) => {
      here.service.reply(good());
      const without = await keyvend(["config", client], here.env);
      expect(without.err).toContain("keyvend: The scope's own folder cannot be looked at by S3A");
      here.service.reply(good({ Also: ["folder", "tags"] }));
      const { err } = await keyvend(["config", client], here.env);
      expect(err).toContain("keyvend: the grant also allows folder, tags.\n");
      expect(err).not.toContain("cannot be looked at");
      for (const change of [{ Targets: ["s3://lake-bucket/"] }, { ScopeEnforcedBy: "none" }]) {
        here.service.reply(good(change));
        expect((await keyvend(["config", client], here.env)).err).not.toContain("folder");
      }
      here.service.reply(good({ Permission: "WRITE" }));
      expect((await keyvend(["config", client], here.env)).err).toContain("WRITE neither reads nor lists");
    },
  );

  test.each(["duckdb", "pyiceberg", "env"])("%s, which looks at no folder, is not", async (client) => {
    expect((await keyvend(["config", client], here.env)).err).not.toContain("folder");
  });

  test("as JSON as well", async () => {
    const { out } = await keyvend(["config", "duckdb", "--json"], here.env);
    expect(JSON.parse(out)).toEqual({
      client: "duckdb",
      settings: expect.stringContaining("CREATE OR REPLACE SECRET"),
      expiration: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });
});

describe("a storage that vends nothing", () => {
  beforeEach(() => {
    const [lake] = storages.Storages;
    here.service.reply(problem(409, "delegation_off"), json(200, { Storages: [{ ...lake, Vends: false }] }));
  });

  test.each([
    ["env", "export AWS_ENDPOINT_URL_S3='https://s3.eu-central-1.amazonaws.com'\n"],
    ["fluss", "s3.eu-central-1.amazonaws.com"],
  ])("has its address written as %s", async (format, text) => {
    const { status, out, err } = await keyvend(["config", format], here.env);
    expect(status).toBe(0);
    expect(out).toContain(text);
    expect(out).not.toMatch(/secret/i);
    expect(err).toContain("keyvend: this storage vends no credentials: these hold its address.\n");
    expect(err).not.toContain("hold credentials");
  });

  test("as JSON, without an end", async () => {
    const { out } = await keyvend(["config", "env", "--json"], here.env);
    expect(JSON.parse(out)).toEqual({ client: "env", settings: expect.stringContaining("export ") });
  });

  test.each(["process", "iceberg", "duckdb"])(
    "is refused for %s, which is nothing without",
    async (format) => {
      const { status, out, err } = await keyvend(["config", format], here.env);
      expect({ status, out }).toEqual({ status: 1, out: "" });
      expect(err).toContain("delegation_off");
    },
  );
});

describe("a call of the command, for a profile", () => {
  const words = [
    "C:\\Program Files\\keyvend",
    "credential-process",
    "--token-file",
    "C:\\Users\\my name\\",
    "--target",
    "s3://b/it's & more/",
  ];

  test("is the words again for a POSIX shell, and for a shell's splitter", () => {
    const line = `printf '%s\\0' ${commandLine(words, "linux")}`;
    expect(execFileSync("sh", ["-c", line], { encoding: "utf8" }).split("\0").slice(0, -1)).toEqual(words);
  });

  test("is the words again by the rules of C on Windows", () => {
    expect(splitAsC(commandLine(words, "win32"))).toEqual(words);
  });

  test.each(['s3://b/"/', "s3://b/%PATH%/"])("is refused on Windows for %s", (word) => {
    expect(() => commandLine(["--target", word], "win32")).toThrow("No profile can hold");
    expect(commandLine(["--target", word], "linux")).toContain(word);
  });
});

test("a storage that is not on the list is an error with the next step", async () => {
  here.service.reply(json(200, { Storages: [] }));
  const { status, out, err } = await keyvend(["config", "rclone"], here.env);
  expect({ status, out }).toEqual({ status: 1, out: "" });
  expect(err).toContain("keyvend storages");
});
