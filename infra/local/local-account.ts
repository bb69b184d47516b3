import { randomBytes } from "node:crypto";
import { type Accounts, createAccounts, type LongTermKey } from "./accounts.ts";

/** The bucket of the emulation's storages. */
export const localBucket = "lake";
/** Names of the emulation's secrets in its Secrets Manager. */
export const lakeSecret = "keyvend/lake";

/** The emulation's AWS account, with keys that are new at every start. */
export interface LocalAccount {
  accounts: Accounts;
  /** Owner of the bucket: the long-term key that no client ever sees. */
  lakeKey: LongTermKey;
  /** What Lambda would put into the functions' environment. */
  functionsKey: LongTermKey;
}

/**
 * Makes the account: a user whose long-term key is in Secrets Manager, and the functions' own identity, which may read
 * that secret and nothing of S3.
 */
export function createLocalAccount(sealingSecret: string): LocalAccount {
  const lakeKey = newKey();
  const functionsKey = newKey();
  const accounts = createAccounts({
    users: [
      {
        name: "lake-owner",
        accessKeys: [lakeKey],
        policies: [
          allow(["s3:*"], [`arn:aws:s3:::${localBucket}`, `arn:aws:s3:::${localBucket}/*`]),
          allow(["sts:*"], ["*"]),
        ],
      },
      {
        name: "keyvend-functions",
        accessKeys: [functionsKey],
        policies: [
          allow(
            ["secretsmanager:GetSecretValue"],
            [sealingSecret, lakeSecret].map((name) => `arn:aws:secretsmanager:*:*:secret:${name}-*`),
          ),
        ],
      },
    ],
  });
  return { accounts, lakeKey, functionsKey };
}

function allow(actions: string[], resources: string[]): Record<string, unknown> {
  return { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: actions, Resource: resources }] };
}

const keyIdLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function newKey(): LongTermKey {
  const id = Array.from(randomBytes(16), (byte) => keyIdLetters[byte % keyIdLetters.length]).join("");
  return { accessKeyId: `AKIA${id}`, secretAccessKey: randomBytes(30).toString("base64") };
}
