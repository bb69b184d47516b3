import { createAccounts } from "../../../infra/local/aws/accounts.ts";
import { createIamServer } from "../../../infra/local/aws/iam-api.ts";
import { createSecretsManagerServer } from "../../../infra/local/aws/secrets-manager.ts";
import { createSessionTokens } from "../../../infra/local/aws/session-tokens.ts";
import { createStsServer } from "../../../infra/local/aws/sts.ts";
import { account, accountId, closedTrust, region, roleTrust } from "./account.ts";
import type { Side } from "./side.ts";

const userKey = { accessKeyId: "AKIAKEYVEND000000000", secretAccessKey: "keyvend+".repeat(5) };
const strangerKey = { accessKeyId: "AKIASTRANGER00000000", secretAccessKey: "stranger".repeat(5) };

/** The emulation that `npm start` runs, with the account set up. */
export async function startLocalSide(issuer: string): Promise<Side> {
  const realm = {
    accounts: createAccounts({
      accountId,
      users: [
        { name: account.user, accessKeys: [userKey], policies: [account.userPolicy] },
        { name: account.stranger, accessKeys: [strangerKey], policies: [] },
      ],
      roles: [
        { name: account.role, trust: roleTrust(issuer), policies: [account.rolePolicy] },
        { name: account.closedRole, trust: closedTrust, policies: [account.rolePolicy] },
      ],
      oidcProviders: [{ issuer, audiences: [account.audience], jwksUri: `${issuer}/jwks` }],
    }),
    sessionTokens: createSessionTokens(),
    region,
  };
  const [sts, secretsManager, iam] = await Promise.all([
    createStsServer(realm),
    createSecretsManagerServer(realm),
    createIamServer(realm),
  ]);
  return {
    name: "local",
    stsEndpoint: sts.url,
    secretsManagerEndpoint: secretsManager.url,
    iamEndpoint: iam.url,
    userKey,
    strangerKey,
    // The emulation itself knows which calls need no signature.
    enforceAuth: async () => undefined,
    stop: async () => void (await Promise.all([sts, secretsManager, iam].map((server) => server.close()))),
  };
}
