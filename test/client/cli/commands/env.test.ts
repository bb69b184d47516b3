import { expect, test } from "vitest";
import { good, inSeconds, secret, sessionToken, token } from "../../fake-service.ts";
import { keyvend } from "../keyvend.ts";
import { useSurroundings } from "../surroundings.ts";

const here = useSurroundings();

test.each([
  ["sh", `export AWS_SECRET_ACCESS_KEY='${secret}'`],
  ["powershell", `$env:AWS_SECRET_ACCESS_KEY = '${secret}'`],
  ["dotenv", `AWS_SECRET_ACCESS_KEY='${secret}'`],
])("writes the variables for %s", async (shell, line) => {
  const { status, out, err } = await keyvend(["env", "--shell", shell], here.env);
  expect({ status, err }).toEqual({ status: 0, err: "" });
  expect(out.split("\n")).toContain(line);
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
  ["sh", "unset AWS_SESSION_TOKEN"],
  ["powershell", "$env:AWS_SESSION_TOKEN = $null"],
  ["dotenv", "AWS_SESSION_TOKEN=''"],
  ["json", '"AWS_SESSION_TOKEN":""'],
])("with a long-term key, the session token of an earlier session goes: %s", async (shell, text) => {
  here.service.reply(good({ Token: "" }));
  const { out } = await keyvend(["env", "--shell", shell], here.env);
  expect(out).toContain(text);
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
  expect(err).toContain("AWS_SECRET_ACCESS_KEY cannot be written as dotenv. Use --shell json.");
  expect(err).not.toContain("a$HOME");
});
