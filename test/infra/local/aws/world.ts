import { IAMClient } from "@aws-sdk/client-iam";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { type Credentials, STSClient } from "@aws-sdk/client-sts";
import { onTestFinished } from "vitest";
import {
  createAccounts,
  type OidcProvider,
  type PolicySource,
} from "../../../../infra/local/aws/accounts.ts";
import { createIamServer } from "../../../../infra/local/aws/iam-api.ts";
import type { LocalServer } from "../../../../infra/local/aws/listener.ts";
import { createS3Server, type S3Options } from "../../../../infra/local/aws/s3.ts";
import { createSecretsManagerServer } from "../../../../infra/local/aws/secrets-manager.ts";
import { createSessionTokens } from "../../../../infra/local/aws/session-tokens.ts";
import { createStsServer } from "../../../../infra/local/aws/sts.ts";

export const region = "eu-central-1";
export const lakeKey = { accessKeyId: "AKIALAKEOWNER0000001", secretAccessKey: "lake+owner/secret" };
/** The other key of the same user. */
export const spareKey = { accessKeyId: "AKIALAKEOWNER0000002", secretAccessKey: "lake+owner/other" };
export const guestKey = { accessKeyId: "AKIAGUEST00000000001", secretAccessKey: "guest+secret" };
export const barredKey = { accessKeyId: "AKIABARRED0000000001", secretAccessKey: "barred+secret" };
export const operatorKey = { accessKeyId: "AKIAOPERATOR00000001", secretAccessKey: "operator+secret" };
export const roleArn = "arn:aws:iam::123456789012:role/reader";
export const webRoleArn = "arn:aws:iam::123456789012:role/web";
export const accountRoleArn = "arn:aws:iam::123456789012:role/for-the-account";
export const anybodysRoleArn = "arn:aws:iam::123456789012:role/for-anybody";
export const sessionRoleArn = "arn:aws:iam::123456789012:role/for-one-session";

export function allow(
  action: string | string[],
  resource: string | string[],
  condition?: object,
): PolicySource {
  const statement = { Effect: "Allow", Action: action, Resource: resource };
  return {
    Version: "2012-10-17",
    Statement: [condition === undefined ? statement : { ...statement, Condition: condition }],
  };
}

function deny(action: string, resource: string): PolicySource {
  const statement = { Effect: "Deny", Action: action, Resource: resource };
  return { Version: "2012-10-17", Statement: [statement] };
}

/** What a session limited to one folder is sent with. */
export function folderPolicy(prefix: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      ...[
        allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], `arn:aws:s3:::lake/${prefix}*`)[
          "Statement"
        ],
      ].flat(),
      ...[
        allow("s3:ListBucket", "arn:aws:s3:::lake", { StringLike: { "s3:prefix": `${prefix}*` } })[
          "Statement"
        ],
      ].flat(),
    ],
  });
}

interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** The keys of an STS answer, as a client takes them. */
export function keysOf(credentials: Credentials | undefined): Required<Keys> {
  return {
    accessKeyId: credentials?.AccessKeyId ?? "",
    secretAccessKey: credentials?.SecretAccessKey ?? "",
    sessionToken: credentials?.SessionToken ?? "",
  };
}

/** All servers over one account, on a clock that stands still unless the test moves it. All of it ends with the test. */
export async function createWorld(options: { oidcProvider?: OidcProvider; s3?: Partial<S3Options> } = {}) {
  const start = Date.now();
  const clock = { aheadMs: 0, now: () => start + clock.aheadMs };
  const trust = (principal: object, action: string[], condition?: object) => ({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: principal, Action: action, ...(condition && { Condition: condition }) },
    ],
  });
  const everythingInS3 = allow("s3:*", [
    "arn:aws:s3:::lake",
    "arn:aws:s3:::lake/*",
    "arn:aws:s3:::new-bucket",
  ]);
  const providerName = options.oidcProvider?.issuer.replace("http://", "");
  const realm = {
    accounts: createAccounts({
      users: [
        {
          name: "lake-owner",
          accessKeys: [lakeKey, spareKey],
          policies: [everythingInS3, allow(["sts:*", "secretsmanager:*"], "*")],
        },
        { name: "barred", accessKeys: [barredKey], policies: [deny("sts:*", "*")] },
        { name: "guest", accessKeys: [guestKey], policies: [] },
        { name: "operator", accessKeys: [operatorKey], policies: [allow("iam:*", "*")] },
      ],
      roles: [
        {
          name: "reader",
          trust: trust(
            {
              AWS: [
                "arn:aws:iam::123456789012:user/lake-owner",
                "arn:aws:iam::123456789012:user/barred",
                "arn:aws:iam::123456789012:role/reader",
              ],
            },
            ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
            { StringEqualsIfExists: { "sts:ExternalId": "blue" } },
          ),
          policies: [everythingInS3],
          maxSessionSeconds: 7_200,
        },
        {
          name: "for-the-account",
          trust: trust({ AWS: "arn:aws:iam::123456789012:root" }, ["sts:AssumeRole"]),
          policies: [everythingInS3],
        },
        {
          name: "for-anybody",
          trust: trust({ AWS: "*" }, ["sts:AssumeRole"]),
          policies: [everythingInS3],
        },
        {
          name: "for-one-session",
          trust: trust({ AWS: "arn:aws:sts::123456789012:assumed-role/reader/job" }, ["sts:AssumeRole"]),
          policies: [everythingInS3],
        },
        {
          name: "web",
          trust: trust(
            { Federated: `arn:aws:iam::123456789012:oidc-provider/${providerName}` },
            ["sts:AssumeRoleWithWebIdentity"],
            { StringEquals: { [`${providerName}:sub`]: "job-7" } },
          ),
          policies: [everythingInS3],
        },
      ],
      oidcProviders: options.oidcProvider === undefined ? [] : [options.oidcProvider],
    }),
    sessionTokens: createSessionTokens(),
    now: clock.now,
    region,
  };
  const stsServer = await createStsServer(realm);
  const secretsServer = await createSecretsManagerServer({ ...realm, secrets: { "lake/key": "first" } });
  const iamServer = await createIamServer(realm);
  const s3Server = await createS3Server({ ...realm, buckets: ["lake"], ...options.s3 });

  const settings = (server: LocalServer, credentials: Keys) => ({
    endpoint: server.url,
    region,
    credentials,
    maxAttempts: 2,
  });
  const endings: (() => unknown)[] = [];
  const ending = <T extends { destroy(): void }>(client: T): T => {
    endings.push(() => client.destroy());
    return client;
  };
  onTestFinished(async () => {
    for (const end of endings) end();
    await Promise.all([stsServer.close(), secretsServer.close(), s3Server.close(), iamServer.close()]);
  });
  return {
    clock,
    stsServer,
    secretsServer,
    s3Server,
    accounts: realm.accounts,
    iam: (keys: Keys = operatorKey) => ending(new IAMClient(settings(iamServer, keys))),
    sts: (keys: Keys = lakeKey) => ending(new STSClient(settings(stsServer, keys))),
    secrets: (keys: Keys = lakeKey) => ending(new SecretsManagerClient(settings(secretsServer, keys))),
    s3: (keys: Keys = lakeKey) => ending(new S3Client({ ...settings(s3Server, keys), forcePathStyle: true })),
  };
}

/** What a refused call says: code and HTTP status. */
export async function refusalOf(call: Promise<unknown>): Promise<[string, number | undefined]> {
  try {
    await call;
  } catch (error) {
    const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } };
    return [name, $metadata?.httpStatusCode];
  }
  return ["not refused", 200];
}
