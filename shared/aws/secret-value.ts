import type { JsonCall } from "./call.ts";

/**
 * Reads a secret's text without the AWS SDK. It is for the sealing key, which every answer from the cache needs, and
 * for the master keys of client keys.
 *
 * @throws CallFailed when there is no such secret, or no right to read it.
 * @example await secretValue(secretsManager, "keyvend/prod/sealing-key")
 */
export async function secretValue(call: JsonCall, secretId: string): Promise<string> {
  const { SecretString = "" } = await call<{ SecretString?: string }>("GetSecretValue", {
    SecretId: secretId,
  });
  return SecretString;
}
