import {
  CreateSecretCommand,
  DescribeSecretCommand,
  type DescribeSecretCommandOutput,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  type SecretsManagerClient,
  UpdateSecretCommand,
} from "@aws-sdk/client-secrets-manager";
import { parseLongTermKey } from "../../shared/aws/long-term-key.ts";

export interface KeyPair {
  accessKeyId: string;
  secretAccessKey: string;
}

interface KeyToPut {
  /** The secret's whole name, or its ARN. */
  secret: string;
  key: KeyPair;
  /** Undefined for a secret that must be there already. */
  toMake:
    | { description: string; kmsKeyArn?: string | undefined; tags: Readonly<Record<string, string>> }
    | undefined;
}

/**
 * Puts a long-term key into a secret: it makes the secret if there is none, and takes it back if it is to be deleted. It can be run
 * again, wherever it failed before.
 *
 * @returns what it did, in steps that have nothing of the key.
 * @throws Error of Secrets Manager, or that there is no secret to put it into.
 * @example await putKey(client, { secret: "keyvend-prod/lake", key, toMake }) // ["made the secret, with the key"]
 */
export async function putKey(
  client: Pick<SecretsManagerClient, "send">,
  { secret: SecretId, key, toMake }: KeyToPut,
): Promise<string[]> {
  const SecretString = JSON.stringify(key);
  const found = await describe(client, SecretId);
  if (found === undefined) {
    if (toMake === undefined)
      throw new Error("There is no such secret, and one that is given by its ARN is made by its owner.");
    const { description: Description, kmsKeyArn: KmsKeyId, tags } = toMake;
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    await client.send(new CreateSecretCommand({ Name: SecretId, Description, KmsKeyId, Tags, SecretString }));
    return ["made the secret, with the key"];
  }
  const done: string[] = [];
  if (found.DeletedDate !== undefined) {
    await client.send(new RestoreSecretCommand({ SecretId }));
    done.push("took back the secret, which was to be deleted");
  }
  const kmsKeyArn = toMake?.kmsKeyArn;
  // Secrets Manager tells a key as it was given: by its ARN or by its id.
  if (kmsKeyArn !== undefined && !(found.KmsKeyId && kmsKeyArn.endsWith(found.KmsKeyId))) {
    await client.send(new UpdateSecretCommand({ SecretId, KmsKeyId: kmsKeyArn }));
    done.push("encrypted the secret by the KMS key of the parameters");
  }
  // The version before stands in for a new one that STS does not know yet. The same key again would take its place.
  if (isSame(await currentValue(client, SecretId), key)) return [...done, "found the key there already"];
  await client.send(new PutSecretValueCommand({ SecretId, SecretString }));
  return [...done, "put the key in"];
}

async function describe(
  client: Pick<SecretsManagerClient, "send">,
  SecretId: string,
): Promise<DescribeSecretCommandOutput | undefined> {
  try {
    return await client.send(new DescribeSecretCommand({ SecretId }));
  } catch (error) {
    if ((error as Error).name !== "ResourceNotFoundException") throw error;
    return undefined;
  }
}

/** Undefined where there is none yet, or a person may put keys without reading them. */
async function currentValue(
  client: Pick<SecretsManagerClient, "send">,
  SecretId: string,
): Promise<string | undefined> {
  try {
    return (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString;
  } catch (error) {
    const { name } = error as Error;
    if (name !== "ResourceNotFoundException" && name !== "AccessDeniedException") throw error;
    return undefined;
  }
}

/** The secret may hold the key in another of its forms, or none. */
function isSame(text: string | undefined, key: KeyPair): boolean {
  try {
    const held = parseLongTermKey(text ?? "");
    return held.accessKeyId === key.accessKeyId && held.secretAccessKey === key.secretAccessKey;
  } catch {
    return false;
  }
}
