import { randomBytes } from "node:crypto";
import { PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { startApi } from "../../infra/local/api.ts";
import { createAccounts } from "../../infra/local/aws/accounts.ts";
import { createSecretsManagerServer } from "../../infra/local/aws/secrets-manager.ts";
import { createSessionTokens } from "../../infra/local/aws/session-tokens.ts";
import { startDynamodb } from "../../infra/local/dynamodb.ts";
import { localClientKey, localClientKeyId, localMasterSecret } from "../../infra/local/local-client-key.ts";
import { startOidcIssuer } from "../../infra/local/oidc-issuer.ts";
import { localPorts } from "../../infra/local/ports.ts";
import type { Backend, BackendKey } from "./backend.ts";
import { freePort } from "./free-port.ts";

/** A whole keyvend whose storages are at a real backend. */
export interface Stack {
  url: string;
  /** A token of the issuer that this keyvend trusts. */
  token(claims?: Record<string, unknown>): Promise<string>;
  /** The key that opens the STS door. */
  clientKey: BackendKey;
  /** Puts a key into a secret, as an operator does to rotate it. */
  putKey(secret: string, key: BackendKey): Promise<void>;
  close(): Promise<void>;
}

interface StackContent {
  region: string;
  /** The long-term keys, by the names of their secrets. */
  keys: Readonly<Record<string, BackendKey>>;
  /** The configuration, by the address of the issuer whose tokens the test has. */
  vending: (issuer: string) => object | Promise<object>;
}

const tableName = "keyvend-local";
const sealingSecret = "keyvend-local/sealing-key";
const clientKeysSecret = "keyvend-local/client-keys";
const operatorKey = { accessKeyId: "AKIAOPERATOR00000000", secretAccessKey: "operator".repeat(5) };
const functionsKey = { accessKeyId: "AKIAFUNCTIONS0000000", secretAccessKey: "functions+".repeat(4) };

/**
 * Starts the deployed functions as `npm start` does, with Secrets Manager, table and issuer from the emulation, and STS
 * and S3 of the backend.
 */
export async function startStack({ region, keys, vending }: StackContent): Promise<Stack> {
  const running: { close(): Promise<void> }[] = [];
  const close = async () => {
    for (const server of running.splice(0).reverse()) await server.close();
  };
  const track = async <Server extends { close(): Promise<void> }>(starting: Promise<Server>) => {
    const server = await starting;
    running.push(server);
    return server;
  };
  try {
    const issuer = await track(startOidcIssuer(0));
    const dynamodb = await track(startDynamodb(0, tableName));
    const secretsManager = await track(
      createSecretsManagerServer({
        accounts: createAccounts({
          users: [
            { name: "functions", accessKeys: [functionsKey], policies: [maySecrets("GetSecretValue")] },
            { name: "operator", accessKeys: [operatorKey], policies: [maySecrets("PutSecretValue")] },
          ],
        }),
        sessionTokens: createSessionTokens(),
        region,
        secrets: {
          [clientKeysSecret]: localMasterSecret,
          [sealingSecret]: JSON.stringify({ current: "k1", k1: randomBytes(32).toString("base64") }),
          ...Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, JSON.stringify(key)])),
        },
      }),
    );
    const ports = { ...localPorts(0), api: await freePort(), lambda: await freePort() };
    const environment = {
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: functionsKey.accessKeyId,
      AWS_SECRET_ACCESS_KEY: functionsKey.secretAccessKey,
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
      AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${ports.lambda}`,
      VENDING_TABLE: tableName,
      SEALING_SECRET: sealingSecret,
      CLIENT_KEYS_SECRET: clientKeysSecret,
    };
    const backends = { vending: await vending(issuer.url), environment };
    const { url } = await track(startApi(ports, backends, () => undefined));
    const { id: accessKeyId, secret: secretAccessKey } = await localClientKey();
    const secrets = new SecretsManagerClient({
      region,
      endpoint: secretsManager.url,
      credentials: operatorKey,
    });
    running.push({ close: async () => secrets.destroy() });
    return {
      url,
      token: issuer.token,
      clientKey: { accessKeyId, secretAccessKey },
      async putKey(SecretId, key) {
        await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify(key) }));
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const maySecrets = (action: string) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: `secretsmanager:${action}`, Resource: "*" }],
});

const staticStorage = { issue: "static", acknowledgeLongTermKeys: true };

/**
 * Storages on one bucket: `lake` by GetSessionToken and `tenants` by AssumeRole, each with the key of a user of its own;
 * `folders` as `tenants` and with the scope's own folder, and `archive` with the long-term key itself. `own-keys` vends nothing.
 *
 * @example startStack(usualStorages(backend, "lake"))
 */
export function usualStorages(backend: Omit<Backend, "stop">, bucket: string): StackContent {
  const { s3Endpoint, stsEndpoint, region, roleArn, vendingKey, assumingKey } = backend;
  const place = { bucket, region, endpoint: s3Endpoint, stsEndpoint };
  const expires = new Date(Date.now() + 86_400_000).toISOString();
  const grant = { issuer: "local", subject: "*", permission: "READWRITE" };
  return {
    region,
    keys: { "keyvend/lake": vendingKey, "keyvend/tenants": assumingKey },
    vending: (issuer) => ({
      issuers: { local: { issuer, audience: "keyvend" } },
      clientKeys: { clients: { id: localClientKeyId, expires } },
      storages: {
        lake: { ...place, issue: "session-token", secret: "keyvend/lake" },
        tenants: { ...place, issue: "assume-role", roleArn, secret: "keyvend/tenants" },
        folders: { ...place, issue: "assume-role", roleArn, secret: "keyvend/tenants" },
        archive: { bucket, region, endpoint: s3Endpoint, secret: "keyvend/lake", ...staticStorage },
        "own-keys": { bucket, region, endpoint: s3Endpoint, issue: "none" },
      },
      // One caller asks for many scopes within minutes.
      misses: { perPrincipal: 10_000, perClientKey: 10_000, perStorage: 10_000 },
      grants: [
        { ...grant, name: "lake", storage: "lake" },
        { ...grant, issuer: ["local", "client-key"], name: "tenants", storage: "tenants" },
        { ...grant, issuer: ["local", "client-key"], name: "folders", storage: "folders", also: ["folder"] },
        { ...grant, name: "archive", storage: "archive" },
        { ...grant, name: "own-keys", storage: "own-keys" },
      ],
    }),
  };
}
