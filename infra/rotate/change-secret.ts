import { randomUUID } from "node:crypto";
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";

/** A secret as it was read. */
interface ReadSecret {
  secret: string;
  text: string;
  version: string;
  /** Since when it is so, in epoch milliseconds. */
  createdAt: number;
}

/**
 * Reads a secret's current text.
 *
 * @throws Error that names the secret, and what Secrets Manager said of it
 */
export async function readSecret(client: SecretsManagerClient, secret: string): Promise<ReadSecret> {
  const get = new GetSecretValueCommand({ SecretId: secret });
  const {
    SecretString = "",
    VersionId = "",
    CreatedDate,
  } = await client.send(get).catch((error: Error) => {
    throw new Error(
      `The secret ${secret} cannot be read (${error.name}: ${error.message}). Deploy the stage first, and give this command credentials that may read it.`,
    );
  });
  return { secret, text: SecretString, version: VersionId, createdAt: CreatedDate?.getTime() ?? Number.NaN };
}

/**
 * Puts another text in the place of the one that was read, and of no other. Secrets Manager knows no such put; but it moves the
 * label of the current version only from the version that a caller names. So the text is put as a version without effect first,
 * and is the current one in one step after that. What dies in between leaves a version that nobody reads.
 *
 * @throws Error where somebody else has changed the secret since; nothing is changed then
 * @example await changeSecret(client, await readSecret(client, "keyvend-prod/sealing-key"), text)
 */
export async function changeSecret(
  client: SecretsManagerClient,
  { secret: SecretId, version }: ReadSecret,
  text: string,
): Promise<void> {
  const next = randomUUID();
  const pending = "AWSPENDING";
  const put = { SecretId, SecretString: text, ClientRequestToken: next, VersionStages: [pending] };
  await client.send(new PutSecretValueCommand(put));
  const move = { SecretId, VersionStage: "AWSCURRENT", MoveToVersionId: next, RemoveFromVersionId: version };
  await client.send(new UpdateSecretVersionStageCommand(move)).catch((error: Error) => {
    if (!isMovedAway(error)) throw error;
    throw new Error(`Somebody else has changed ${SecretId} meanwhile. Nothing was changed: run this again.`);
  });
  const rest = { SecretId, VersionStage: pending, RemoveFromVersionId: next };
  await client.send(new UpdateSecretVersionStageCommand(rest)).catch((error: Error) => {
    // The version of another one that came too late has it.
    if (!isMovedAway(error)) throw error;
  });
}

/** The label is not on the version that was named. */
function isMovedAway({ name }: Error): boolean {
  return name === "InvalidParameterException";
}
