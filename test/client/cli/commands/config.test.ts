import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { good, json, sessionToken, token } from "../../fake-service.ts";
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
      `credential_process = keyvend credential-process --url ${here.service.url} --storage lake --permission READ --token-file '${tokenFile}'\n`,
    );
    expect(out).toContain("endpoint_url = https://s3.eu-central-1.amazonaws.com\n");
    expect(out).toContain("addressing_style = path\n");
    expect(here.service.requests.map(({ path }) => path)).toEqual(["/v1/storages"]);
    expect(out).not.toContain(token);
  });

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
    ["spark", `spark.hadoop.fs.s3a.bucket.lake-bucket.session.token=${sessionToken}`, "endpoint.region=eu-"],
    ["flink", `s3.session.token: "${sessionToken}"`, 's3.path.style.access: "true"'],
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
    ["spark", "session.token", "SimpleAWSCredentialsProvider"],
    ["flink", "session.token", "SimpleAWSCredentialsProvider"],
    ["core-site", "session.token", "<value>a&lt;b&amp;c</value>"],
    ["pyiceberg", "session-token", 's3.force-virtual-addressing: "true"'],
  ])("%s, of a long-term key, which has no session token", async (client, missing, line) => {
    here.service.reply(good({ Token: "", PathStyleAccess: false, SecretAccessKey: "a<b&c" }));
    const { out } = await keyvend(["config", client], here.env);
    expect(out).not.toContain(missing);
    expect(out).toContain(line);
  });

  test.each(["hadoop", "spark", "flink", "core-site", "fluss"])(
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

test("a storage that is not on the list is an error with the next step", async () => {
  here.service.reply(json(200, { Storages: [] }));
  const { status, out, err } = await keyvend(["config", "rclone"], here.env);
  expect({ status, out }).toEqual({ status: 1, out: "" });
  expect(err).toContain("keyvend storages");
});
