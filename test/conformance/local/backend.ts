import { createAccounts } from "../../../infra/local/aws/accounts.ts";
import { newUserKey } from "../../../infra/local/aws/identities.ts";
import { createS3Server } from "../../../infra/local/aws/s3.ts";
import { createSessionTokens, type SessionTokens } from "../../../infra/local/aws/session-tokens.ts";
import { createStsServer } from "../../../infra/local/aws/sts.ts";
import { dialectOf } from "../../../shared/core/dialect.ts";
import { aheadSeconds, type Backend } from "../backend.ts";

const region = "us-east-1";
const operatorKey = { accessKeyId: "AKIAOPERATOR00000000", secretAccessKey: "operator".repeat(5) };
const assumingKey = { accessKeyId: "AKIAASSUMES000000000", secretAccessKey: "assumes+".repeat(5) };
const vendingKey = { accessKeyId: "AKIAKEYVEND000000000", secretAccessKey: "keyvend+".repeat(5) };

/** The emulation that `npm start` runs, set up like the real backends. It claims to be AWS, escapes included. */
export async function startLocalBackend(
  sessionTokens: SessionTokens = createSessionTokens(),
): Promise<Backend> {
  const everything = allow("s3:*", "sts:GetSessionToken", "sts:GetFederationToken");
  const users = ["keyvend", "keyvend-roles"].map((user) => `arn:aws:iam::123456789012:user/${user}`);
  const accounts = createAccounts({
    users: [
      { name: "operator", accessKeys: [operatorKey], policies: [everything] },
      { name: "keyvend", accessKeys: [vendingKey], policies: [everything] },
      { name: "keyvend-roles", accessKeys: [assumingKey], policies: [] },
    ],
    roles: [
      { name: "all-of-s3", trust: trustIn(...users), policies: [everything] },
      { name: "open", trust: trustIn("*"), policies: [everything] },
    ],
  });
  const realm = { accounts, sessionTokens };
  const [s3, aheadS3, sts] = await Promise.all([
    createS3Server(realm),
    createS3Server({ ...realm, now: () => Date.now() + aheadSeconds * 1000 }),
    createStsServer(realm),
  ]);
  return {
    name: "local",
    s3Endpoint: s3.url,
    stsEndpoint: sts.url,
    aheadS3Endpoint: aheadS3.url,
    region,
    policySetting: { partition: "aws", region, dialect: dialectOf("aws", true) },
    operatorKey,
    vendingKey,
    assumingKey,
    roleArn: "arn:aws:iam::123456789012:role/all-of-s3",
    openRoleArn: "arn:aws:iam::123456789012:role/open",
    async replaceKey(key) {
      const keys = accounts.users.get("keyvend-roles")?.keys;
      keys?.delete(assumingKey.accessKeyId);
      keys?.set(key.accessKeyId, newUserKey(key, { createdAt: Date.now(), isNew: false }));
    },
    stop: async () => void (await Promise.all([s3, aheadS3, sts].map((server) => server.close()))),
  };
}

const Version = "2012-10-17";

function allow(...actions: string[]) {
  return { Version, Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }] };
}

function trustIn(...AWS: string[]) {
  return { Version, Statement: [{ Effect: "Allow", Principal: { AWS }, Action: "sts:AssumeRole" }] };
}
