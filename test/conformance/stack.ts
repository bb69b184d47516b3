import { randomBytes } from "node:crypto";
import { startApi } from "../../infra/local/api.ts";
import { createAccounts } from "../../infra/local/aws/accounts.ts";
import { createSecretsManagerServer } from "../../infra/local/aws/secrets-manager.ts";
import { createSessionTokens } from "../../infra/local/aws/session-tokens.ts";
import { startDynamodb } from "../../infra/local/dynamodb.ts";
import { startOidcIssuer } from "../../infra/local/oidc-issuer.ts";
import { basePort, localPorts } from "../../infra/local/ports.ts";
import type { Backend } from "./backend.ts";

/** A whole keyvend whose storages are at a real backend. */
export interface Stack {
  url: string;
  /** A token of the issuer that this keyvend trusts. */
  token(): Promise<string>;
  close(): Promise<void>;
}

/** Two runs at once need a port each: KEYVEND_PORT. */
const usualPort = "14400";
const tableName = "keyvend-local";
const sealingSecret = "keyvend-local/sealing-key";
const lakeSecret = "keyvend/lake";
const tenantsSecret = "keyvend/tenants";
const functionsKey = { accessKeyId: "AKIAFUNCTIONS0000000", secretAccessKey: "functions+".repeat(4) };

/**
 * Starts the deployed functions as `npm start` does, with Secrets Manager, table and issuer from the emulation, and STS
 * and S3 of the backend. Storages on one bucket: `lake` by GetSessionToken, `tenants` by AssumeRole, `folders` as well and
 * with the scope's own folder, and `archive` with the long-term key itself. `own-keys` vends nothing.
 */
export async function startStack(backend: Backend, bucket: string): Promise<Stack> {
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
          users: [{ name: "functions", accessKeys: [functionsKey], policies: [mayReadSecrets] }],
        }),
        sessionTokens: createSessionTokens(),
        region: backend.region,
        secrets: {
          [sealingSecret]: JSON.stringify({ current: "k1", k1: randomBytes(32).toString("base64") }),
          [lakeSecret]: JSON.stringify(backend.vendingKey),
          [tenantsSecret]: JSON.stringify(backend.assumingKey),
        },
      }),
    );
    const environment = {
      AWS_REGION: backend.region,
      AWS_ACCESS_KEY_ID: functionsKey.accessKeyId,
      AWS_SECRET_ACCESS_KEY: functionsKey.secretAccessKey,
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
      VENDING_TABLE: tableName,
      SEALING_SECRET: sealingSecret,
    };
    const vending = vendingOf(backend, bucket, issuer.url);
    const ports = localPorts(basePort([], { KEYVEND_PORT: usualPort, ...process.env }));
    const { url } = await track(startApi(ports, { vending, environment }, () => undefined));
    return { url, token: () => issuer.token(), close };
  } catch (error) {
    await close();
    throw error;
  }
}

const mayReadSecrets = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: "*" }],
};

const staticStorage = { issue: "static", acknowledgeLongTermKeys: true };

function vendingOf({ s3Endpoint, stsEndpoint, region, roleArn }: Backend, bucket: string, issuer: string) {
  const place = { bucket, region, endpoint: s3Endpoint, stsEndpoint };
  const grant = { issuer: "local", subject: "*", permission: "READWRITE" };
  return {
    issuers: { local: { issuer, audience: "keyvend" } },
    storages: {
      lake: { ...place, issue: "session-token", secret: lakeSecret },
      tenants: { ...place, issue: "assume-role", roleArn, secret: tenantsSecret },
      folders: { ...place, issue: "assume-role", roleArn, secret: tenantsSecret },
      archive: { bucket, region, endpoint: s3Endpoint, secret: lakeSecret, ...staticStorage },
      "own-keys": { bucket, region, endpoint: s3Endpoint, issue: "none" },
    },
    grants: [
      { ...grant, name: "lake", storage: "lake" },
      { ...grant, name: "tenants", storage: "tenants" },
      { ...grant, name: "folders", storage: "folders", also: ["folder"] },
      { ...grant, name: "archive", storage: "archive" },
      { ...grant, name: "own-keys", storage: "own-keys" },
    ],
  };
}
