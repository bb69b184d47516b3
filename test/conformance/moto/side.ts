import { IAMClient } from "@aws-sdk/client-iam";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { STSClient } from "@aws-sdk/client-sts";
import type { BackendKey } from "../backend.ts";
import type { TestCredentials } from "../clients.ts";
import { region } from "./account.ts";

/** One of the two sides that are compared, with the account set up. */
export interface Side {
  name: "local" | "moto";
  stsEndpoint: string;
  secretsManagerEndpoint: string;
  iamEndpoint: string;
  userKey: BackendKey;
  strangerKey: BackendKey;
  /** Is off for calls without a signature, if the side would otherwise require one even for them. */
  enforceAuth(on: boolean): Promise<void>;
  stop(): Promise<void>;
}

/** AWS SDK clients for one side; the default credentials are the user's. */
export interface SideClients {
  sts(credentials?: TestCredentials): STSClient;
  secretsManager(credentials?: TestCredentials): SecretsManagerClient;
  iam(credentials?: TestCredentials): IAMClient;
  destroy(): void;
}

export function clientsOf(side: Side): SideClients {
  const made: { destroy(): void }[] = [];
  const keep = <Client extends { destroy(): void }>(client: Client): Client => {
    made.push(client);
    return client;
  };
  const settings = { region, maxAttempts: 1 };
  return {
    sts: (credentials = side.userKey) =>
      keep(new STSClient({ ...settings, endpoint: side.stsEndpoint, credentials })),
    secretsManager: (credentials = side.userKey) =>
      keep(new SecretsManagerClient({ ...settings, endpoint: side.secretsManagerEndpoint, credentials })),
    iam: (credentials = side.userKey) =>
      keep(new IAMClient({ ...settings, endpoint: side.iamEndpoint, credentials })),
    destroy() {
      for (const client of made) client.destroy();
    },
  };
}
