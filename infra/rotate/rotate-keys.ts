import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { changeSecret, readSecret } from "./change-secret.ts";
import { formatKeysById, type KeysById, parseKeysById, withNextKey, withoutKeys } from "./keys-by-id.ts";

/** What is in a secret after the command, without any key. */
export interface KeysReport {
  secret: string;
  current: string;
  /** The ids of all keys that it holds. */
  keys: string[];
  /** The ids that were taken out. */
  retired: string[];
}

const hourMs = 3_600_000;
/**
 * From the change on, what an earlier key sealed is needed for as long as the longest session lasts, 36 hours. Instances look
 * once an hour which key is the current one; the rest is for those that could not read the secret.
 */
const sealedMs = 48 * hourMs;

/**
 * Adds a key to a secret and makes it the current one. What the others made goes on working.
 *
 * @example await addKey(client, "keyvend-prod/sealing-key") // { current: "k2", keys: ["k1", "k2"], … }
 */
export async function addKey(client: SecretsManagerClient, secret: string): Promise<KeysReport> {
  const read = await readSecret(client, secret);
  const next = withNextKey(parseKeysById(read.text));
  await changeSecret(client, read, formatKeysById(next));
  return reportOf(secret, next, []);
}

/**
 * Takes sealing keys out that nothing needs any more.
 *
 * @throws Error that says from when on that can be done
 */
export async function retireSealingKeys(
  client: SecretsManagerClient,
  secret: string,
  now: number,
): Promise<KeysReport> {
  const read = await readSecret(client, secret);
  const from = read.createdAt + sealedMs;
  if (!(now >= from))
    throw new Error(
      `Sessions that an earlier key sealed may still be in use, since ${secret} was changed at ${new Date(read.createdAt).toISOString()}: retire it from ${new Date(from).toISOString()} on.`,
    );
  const before = parseKeysById(read.text);
  return retire(client, read, before, Object.keys(before.keys));
}

/**
 * Takes master keys out that no client key is of.
 *
 * @param used the ids of the master keys by which client keys of the configuration are
 */
export async function retireMasterKeys(
  client: SecretsManagerClient,
  secret: string,
  used: ReadonlySet<string>,
): Promise<KeysReport> {
  const read = await readSecret(client, secret);
  const before = parseKeysById(read.text);
  return retire(
    client,
    read,
    before,
    Object.keys(before.keys).filter((id) => !used.has(id)),
  );
}

async function retire(
  client: SecretsManagerClient,
  read: Awaited<ReturnType<typeof readSecret>>,
  before: KeysById,
  ids: readonly string[],
): Promise<KeysReport> {
  const next = withoutKeys(before, ids);
  const retired = Object.keys(before.keys).filter((id) => !(id in next.keys));
  if (retired.length > 0) await changeSecret(client, read, formatKeysById(next));
  return reportOf(read.secret, next, retired);
}

function reportOf(secret: string, { current, keys }: KeysById, retired: string[]): KeysReport {
  return { secret, current, keys: Object.keys(keys), retired };
}
