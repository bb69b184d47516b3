import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { readMasterKeys } from "../../shared/aws/master-keys.ts";
import { clientKeyIdForm, clientSecret } from "../../shared/identity/client-keys.ts";
import { checkRegion, checkStage, namesOf, usualRegion, usualStage } from "../deploy/names.ts";
import { localClientKey } from "../local/local-client-key.ts";
import { newExpiry } from "./listed-callers.ts";

/** What a client gets, and what the configuration gets. */
interface NewClientKey {
  id: string;
  secret: string;
  /** For `clientKeys`. */
  entry: string;
}

/**
 * Makes a client key by the current master key, and its entry for `clientKeys` in the configuration. `readSecret` gives the
 * text of the secret that holds the master keys; `now` is in epoch milliseconds.
 *
 * @throws Error with the rule that the name, the days or the master keys break, or what `readSecret` throws.
 * @example const { id, secret, entry } = await newClientKey("polaris", 90, Date.now(), readSecret)
 */
export async function newClientKey(
  name: string,
  days: number,
  now: number,
  readSecret: () => Promise<string>,
): Promise<NewClientKey> {
  const expires = newExpiry(name, days, now);
  const { id: masterKey, key } = await readMasterKeys(readSecret, { now: () => now }).current();
  const id = `KV${masterKey.slice(1)}X${base32(20)}`;
  if (!(masterKey.startsWith("k") && clientKeyIdForm.test(id)))
    throw new Error(
      "The current master key must have a name such as k1 or k2, up to k9999: ids have its number.",
    );
  return { id, secret: clientSecret(id, key), entry: `  ${name}:\n    id: ${id}\n    expires: ${expires}\n` };
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function base32(characters: number): string {
  return Array.from(randomBytes(characters), (byte) => letters[byte % letters.length]).join("");
}

/**
 * The secret that `serverless.yml` gives a stage, read with the AWS SDK's own credentials.
 *
 * @throws Error that names the secret.
 */
async function readFromAws(stage: string, region: string): Promise<string> {
  const SecretId = namesOf(stage).clientKeysSecret;
  const client = new SecretsManagerClient({ region });
  try {
    const { SecretString = "" } = await client.send(new GetSecretValueCommand({ SecretId }));
    return SecretString;
  } catch (error) {
    const { name, message } = error as Error;
    throw new Error(
      `The secret ${SecretId} in ${region} cannot be read (${name}: ${message}). Deploy the stage first, and give this command credentials that may read it.`,
    );
  } finally {
    client.destroy();
  }
}

const usage =
  "npm run client-key:new -- --name polaris [--days 90] [--stage dev] [--region eu-central-1], or --local alone";

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      name: { type: "string" },
      days: { type: "string" },
      stage: { type: "string" },
      region: { type: "string" },
      local: { type: "boolean" },
    },
  });
  if (values.local) {
    const { id, secret } = await localClientKey();
    console.error("The client key of the local emulation, its id and its secret:");
    console.log(`${id}\n${secret}`);
    return;
  }
  if (values.name === undefined) throw new Error(usage);
  const stage = checkStage(values.stage ?? usualStage);
  const region = checkRegion(values.region ?? process.env["AWS_REGION"] ?? usualRegion);
  const readSecret = () => readFromAws(stage, region);
  const days = Number(values.days ?? 90);
  const { id, secret, entry } = await newClientKey(values.name, days, Date.now(), readSecret);
  console.error(
    `For clientKeys in infra/vending.yml:\n\n${entry}\nThe access key id and the secret, which is shown only this once:`,
  );
  console.log(`${id}\n${secret}`);
}

if (import.meta.main) {
  try {
    await run();
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
