import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { readMasterKeys } from "../../shared/aws/master-keys.ts";
import { clientSecret } from "../../shared/identity/client-keys.ts";
import type { AccessKey } from "./aws/accounts.ts";

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Makes a client key, and the text of the secret that holds its master key. Both are new at every start. */
export async function newClientKey(): Promise<{ clientKey: AccessKey; masterKeys: string }> {
  const masterKeys = JSON.stringify({ current: "k1", k1: randomBytes(32).toString("base64") });
  const { key } = await readMasterKeys(async () => masterKeys, { now: Date.now }).current();
  const random = Array.from(randomBytes(20), (byte) => letters[byte % letters.length]).join("");
  const accessKeyId = `KV1X${random}`;
  return { clientKey: { accessKeyId, secretAccessKey: clientSecret(accessKeyId, key) }, masterKeys };
}

const fileOf = (apiPort: number) => `.local/${apiPort}/client-key.json`;

/** Leaves the client key of an emulation to other programs of this machine's user, such as the demo. */
export async function leaveClientKey(apiPort: number, clientKey: AccessKey): Promise<void> {
  await mkdir(dirname(fileOf(apiPort)), { recursive: true });
  await writeFile(fileOf(apiPort), JSON.stringify(clientKey), { mode: 0o600 });
}

/** The client key of the emulation that runs at a port. */
export async function localClientKey(apiPort: number): Promise<AccessKey> {
  return JSON.parse(await readFile(fileOf(apiPort), "utf8"));
}
