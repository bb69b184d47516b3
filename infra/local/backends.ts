import { randomBytes } from "node:crypto";
import { namesOf } from "../deploy/names.ts";
import { invoke } from "./api.ts";
import type { Realm } from "./aws/authenticate.ts";
import { createIamServer } from "./aws/iam-api.ts";
import type { LocalServer } from "./aws/listener.ts";
import { createS3Server } from "./aws/s3.ts";
import { createSecretsManagerServer } from "./aws/secrets-manager.ts";
import { createSessionTokens } from "./aws/session-tokens.ts";
import { createStsServer } from "./aws/sts.ts";
import { type LocalDynamodb, startDynamodb } from "./dynamodb.ts";
import {
  archiveBucket,
  archiveSecret,
  clientKeysSecret,
  createLocalAccount,
  lakeBucket,
  lakeSecret,
  tenantsSecret,
} from "./local-account.ts";
import { localMasterSecret } from "./local-client-key.ts";
import { localVending } from "./local-vending.ts";
import { type OidcIssuer, startOidcIssuer } from "./oidc-issuer.ts";
import type { LocalPorts } from "./ports.ts";

const region = "us-east-1";
/** The names that `serverless.yml` gives for the stage `local`. */
const { table: tableName, sealingSecret, functionName } = namesOf("local");
const warmFunction = functionName("warm");
/** serverless-offline tells its functions no ARN of AWS's form, but one that ends with the function's name. */
const functionNameIn = (functionArn: string) => /[a-z]*$/.exec(functionArn)?.[0] ?? "";

/** How far the clock of the second S3 is ahead: longer than any session lasts. */
export const aheadMs = 37 * 3_600_000;

/** Everything behind the API: an identity provider, a table, and stand-ins for AWS. */
export interface Backends {
  /** What all stand-ins for AWS share. */
  realm: Realm;
  issuer: OidcIssuer;
  dynamodb: LocalDynamodb;
  sts: LocalServer;
  secretsManager: LocalServer;
  s3: LocalServer;
  s3Ahead: LocalServer;
  iam: LocalServer;
  /** The configuration for these backends, in the form of `infra/vending.yml`. */
  vending: object;
  /** The variables that Lambda and `serverless.yml` give the functions, except for the path of the configuration. */
  environment: Record<string, string>;
  close(): Promise<void>;
}

/**
 * Starts all backends on loopback. Port 0 stands for any free port.
 *
 * @throws Error if a port is taken. No server is left running then.
 * @example const backends = await startBackends(localPorts(4_100))
 */
export async function startBackends(ports: LocalPorts): Promise<Backends> {
  const servers: { close(): Promise<void> }[] = [];
  const start = async <T extends { close(): Promise<void> }>(startup: Promise<T>): Promise<T> => {
    const server = await startup;
    servers.push(server);
    return server;
  };
  const close = async () => void (await Promise.all(servers.map((server) => server.close())));

  try {
    const issuer = await start(startOidcIssuer(ports.issuer));
    const account = createLocalAccount({ sealingSecret, issuer: issuer.url });
    const sessionTokens = createSessionTokens();
    const realm = { accounts: account.accounts, sessionTokens };
    const dynamodb = await start(startDynamodb(ports.dynamodb, tableName));
    const sts = await start(createStsServer({ ...realm, port: ports.sts }));
    const secrets = {
      [sealingSecret]: JSON.stringify({ current: "k1", k1: randomBytes(32).toString("base64") }),
      [clientKeysSecret]: localMasterSecret,
      [lakeSecret]: JSON.stringify(account.lakeKey),
      [tenantsSecret]: JSON.stringify(account.tenantsKey),
      [archiveSecret]: JSON.stringify(account.archiveKey),
    };
    const secretsManager = await start(
      createSecretsManagerServer({
        ...{ ...realm, region, secrets, port: ports.secretsManager },
        invoke: (functionArn, event) => invoke(ports.lambda, functionNameIn(functionArn), event),
      }),
    );
    const s3 = await start(
      createS3Server({ ...realm, buckets: [lakeBucket, archiveBucket], port: ports.s3 }),
    );
    const s3Ahead = await start(
      createS3Server({ ...realm, port: ports.s3Ahead, now: () => Date.now() + aheadMs }),
    );
    const iam = await start(createIamServer({ ...realm, port: ports.iam }));
    const environment = {
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: account.functionsSession.accessKeyId,
      AWS_SECRET_ACCESS_KEY: account.functionsSession.secretAccessKey,
      AWS_SESSION_TOKEN: sessionTokens.seal(account.functionsSession),
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
      AWS_ENDPOINT_URL_STS: sts.url,
      AWS_ENDPOINT_URL_IAM: iam.url,
      AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${ports.lambda}`,
      VENDING_TABLE: tableName,
      SEALING_SECRET: sealingSecret,
      CLIENT_KEYS_SECRET: clientKeysSecret,
      WARM_FUNCTION: warmFunction,
    };
    const vending = localVending({ issuer: issuer.url, sts: sts.url, s3: s3.url });
    return { realm, issuer, dynamodb, sts, secretsManager, s3, s3Ahead, iam, vending, environment, close };
  } catch (error) {
    await close();
    throw error;
  }
}
