import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import { newClientKey } from "../../../infra/config/new-client-key.ts";
import { parseConfig } from "../../../infra/config/parse-config.ts";
import { readVendingYaml } from "../../../infra/config/vending-yaml.ts";
import { createAccounts } from "../../../infra/local/aws/accounts.ts";
import { createSecretsManagerServer } from "../../../infra/local/aws/secrets-manager.ts";
import { createSessionTokens } from "../../../infra/local/aws/session-tokens.ts";
import { localMasterSecret } from "../../../infra/local/local-client-key.ts";
import { localVending } from "../../../infra/local/local-vending.ts";
import { readMasterKeys } from "../../../shared/aws/master-keys.ts";
import { createClientKeyVerifier } from "../../../shared/identity/client-keys.ts";
import { masterSecret, signed } from "../../identity/signed-by-client-key.ts";
import { changed } from "./document.ts";
import { fileWith } from "./files.ts";

const now = Date.parse("2026-11-22T15:00:00Z");
const read = async () => masterSecret;
const run = promisify(execFile);

describe("a new client key", () => {
  it("has 100 random bits behind the number of the current master key, and never the same ones twice", async () => {
    const made = await Promise.all(Array.from({ length: 50 }, () => newClientKey("a", 1, now, read)));
    for (const { id, secret } of made) {
      expect(id).toMatch(/^KV2X[A-Z2-7]{20}$/);
      expect(secret).toMatch(/^kvs_[\w-]{43}$/);
    }
    expect(new Set(made.map(({ id }) => id)).size).toBe(50);
    expect(new Set(made.map(({ secret }) => secret)).size).toBe(50);
    // All letters occur: a byte is a letter by its last five bits.
    expect(new Set(made.flatMap(({ id }) => [...id.slice(4)])).size).toBe(32);
  });

  it("comes with an entry that accepts it, and does not hold its secret", async () => {
    const { id, secret, entry } = await newClientKey("polaris", 90, now, read);
    expect(entry).not.toContain(secret.slice(4, 12));
    const { document } = readVendingYaml(fileWith(`clientKeys:\n${entry}`));
    const { clientKeys } = parseConfig(changed({ ...(document as object) }), now);
    expect(clientKeys[0]?.expiresAt).toBe(now + 90 * 86_400_000);
    const masterKeys = readMasterKeys(read, { now: () => now });
    const { verify } = createClientKeyVerifier({ clientKeys, masterKeys });
    expect(await verify(await signed({ id, secret }), now)).toMatchObject({ subject: "polaris" });
  });

  it.each([
    ["CI", 90],
    ["", 90],
    ["ci:\n    id", 90],
    ["ci", 0],
    ["ci", 367],
    ["ci", Number.NaN],
  ])("is not made for the name %j and %d days, and nothing is read", async (name, days) => {
    const unread = () => expect.unreachable("It has no need of the secret.");
    await expect(newClientKey(name, days, now, unread)).rejects.toThrow(/^--(name|days) must be/);
  });

  it.each(["key", "k0", "k01", "k10000", "1", "K1", "kk1"])(
    "is not made by a master key whose name no id could hold: %s",
    async (name) => {
      const secret = JSON.stringify({ current: name, [name]: "a master key that is long enough" });
      await expect(newClientKey("a", 1, now, async () => secret)).rejects.toThrow(
        "The current master key must have a name such as k1 or k2",
      );
    },
  );
});

describe("npm run client-key:new", () => {
  const operator = { accessKeyId: "AKIAOPERATOR00000001", secretAccessKey: "operator+secret" };

  /** Runs it in a stage whose secret this is, as an operator who may read it. */
  async function command(args: string[], secrets: Record<string, string> = {}) {
    const mayRead = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: "*" }],
    };
    const server = await createSecretsManagerServer({
      accounts: createAccounts({ users: [{ name: "o", accessKeys: [operator], policies: [mayRead] }] }),
      sessionTokens: createSessionTokens(),
      region: "eu-west-1",
      secrets,
    });
    onTestFinished(() => server.close());
    return run(process.execPath, ["infra/config/new-client-key.ts", ...args], {
      env: {
        PATH: process.env["PATH"],
        AWS_ACCESS_KEY_ID: operator.accessKeyId,
        AWS_SECRET_ACCESS_KEY: operator.secretAccessKey,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: server.url,
      },
    });
  }
  const place = ["--stage", "prod", "--region", "eu-west-1"];

  it("prints id and secret where a program reads them, and the entry beside it", async () => {
    const { stdout, stderr } = await command(["--name", "polaris", ...place], {
      "keyvend-prod/client-keys": masterSecret,
    });
    const [id = "", secret = "", ...rest] = stdout.split("\n");
    expect(rest).toEqual([""]);
    expect(stderr).toContain(`\n  polaris:\n    id: ${id}\n    expires: `);
    expect(stderr).not.toContain(secret);
    const masterKeys = readMasterKeys(read, { now: () => now });
    const clientKeys = [{ name: "polaris", ids: [id], expiresAt: now + 1, claims: {} }];
    const { verify } = createClientKeyVerifier({ clientKeys, masterKeys });
    expect(await verify(await signed({ id, secret }), now)).toMatchObject({ subject: "polaris" });
  });

  it("says which secret it cannot read", async () => {
    await expect(command(["--name", "polaris", ...place])).rejects.toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(
        /^The secret keyvend-prod\/client-keys in eu-west-1 cannot be read \(ResourceNotFoundException: /,
      ),
    });
  });

  it("says how it is called", async () => {
    await expect(command([])).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(/^npm run /) });
    await expect(command(["--nme", "a"])).rejects.toMatchObject({ code: 1, stdout: "" });
  });

  it("knows the name that serverless.yml gives the secret, and its region", () => {
    const { service, custom, provider } = parse(readFileSync("serverless.yml", "utf8"));
    expect(service).toBe("keyvend");
    expect(custom.clientKeysSecret).toBe(`\${self:service}-\${sls:stage}/client-keys`);
    expect(provider.region).toBe(`\${opt:region, env:AWS_REGION, 'eu-central-1'}`);
  });

  it("gives the key of the local emulation, which its configuration and its master key accept", async () => {
    const { stdout } = await command(["--local"]);
    const [id = "", secret = ""] = stdout.split("\n");
    const urls = { issuer: "http://127.0.0.1:1", sts: "http://127.0.0.1:1", s3: "http://127.0.0.1:1" };
    const { clientKeys } = parseConfig(localVending(urls, now), now);
    const masterKeys = readMasterKeys(async () => localMasterSecret, { now: () => now });
    const { verify } = createClientKeyVerifier({ clientKeys, masterKeys });
    expect(await verify(await signed({ id, secret }), now)).toMatchObject({
      subject: "catalog",
      claims: { tenant: "acme" },
    });
  });
});
