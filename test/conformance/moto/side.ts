import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { STSClient } from "@aws-sdk/client-sts";
import type { LongTermKey } from "../backend.ts";
import type { TestCredentials } from "../clients.ts";
import { region } from "./account.ts";

/** One of the two that are compared, with the account laid out. */
export interface Side {
  name: "local" | "moto";
  stsEndpoint: string;
  secretsManagerEndpoint: string;
  userKey: LongTermKey;
  strangerKey: LongTermKey;
  /** Off for the calls that nobody signs, where the side would ask even those for a signature. */
  enforceAuth(on: boolean): Promise<void>;
  stop(): Promise<void>;
}

/** AWS SDK clients for one side; the default credentials are the user's. */
export interface SideClients {
  sts(credentials?: TestCredentials): STSClient;
  secretsManager(credentials?: TestCredentials): SecretsManagerClient;
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
    destroy() {
      for (const client of made) client.destroy();
    },
  };
}
