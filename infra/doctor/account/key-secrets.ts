import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { LongTermKeyError, parseLongTermKey } from "../../../shared/aws/long-term-key.ts";
import { readMasterKeys } from "../../../shared/aws/master-keys.ts";
import { type Storage, secretOf } from "../../../shared/core/storage.ts";
import { isAws } from "../../config/address.ts";
import { namesOf } from "../../deploy/names.ts";
import { secretNameOf } from "../../deploy/secret-names.ts";
import { about, type Finding } from "../finding.ts";
import type { DoctorSetting } from "../setting.ts";
import type { Account } from "./account.ts";

/** A storage's long-term key. Its secret half is not kept. */
export interface KnownKey {
  /** The name of the secret in Secrets Manager. */
  secret: string;
  accessKeyId: string;
  /** Those that it issues for. */
  storages: readonly Storage[];
  /** When it was put into the secret, in epoch milliseconds. */
  putAt: number;
  /** Whether AWS's IAM knows it. */
  isOfIam: boolean;
}

/** Reads each secret, says whether what is in it can be used, and shows none of it. */
export async function checkSecrets(
  { config }: DoctorSetting,
  account: Account,
): Promise<{ findings: Finding[]; keys: KnownKey[] }> {
  const { sealingSecret, clientKeysSecret } = namesOf(account.stage);
  const findings = await Promise.all(
    [sealingSecret, clientKeysSecret].map((name) => checkOwn(name, account)),
  );
  const keys: KnownKey[] = [];
  const withSecret = [...(config?.storages.values() ?? [])].filter((each) => secretOf(each) !== undefined);
  const bySecret = Map.groupBy(withSecret, (each) => secretNameOf(secretOf(each) ?? "", account.stage));
  for (const [secret, storages] of bySecret) {
    const { finding, key } = await checkKey(secret, storages, account);
    findings.push(finding);
    if (key !== undefined) keys.push(key);
  }
  return { findings, keys };
}

async function checkOwn(name: string, account: Account): Promise<Finding> {
  const of = about("secret", name);
  const read = await readSecret(name, account);
  if ("finding" in read) return read.finding(of, "Deploy the stack: it makes this secret.");
  try {
    // The sealing keys have the same form.
    await readMasterKeys(async () => read.text, { now: Date.now }).current();
    return of.ok("holds keys of the right form");
  } catch {
    return of.failed(
      "does not hold keys of the right form",
      'It must be {"current":"k1","k1":"…"}, each key at least 32 characters long.',
    );
  }
}

async function checkKey(
  secret: string,
  storages: readonly Storage[],
  account: Account,
): Promise<{ finding: Finding; key?: KnownKey }> {
  const of = about("secret", secret);
  const names = storages.map(({ name }) => name);
  const put = `npm run secret:put -- --storage ${names[0]} --stage ${account.stage}`;
  const read = await readSecret(secret, account);
  if ("finding" in read) return { finding: read.finding(of, `Put the long-term key in: ${put}`) };
  try {
    const { accessKeyId } = parseLongTermKey(read.text);
    const isOfIam = account.deployed === undefined || storages.every(isAtAws);
    const key = { secret, accessKeyId, storages, putAt: read.putAt, isOfIam };
    return { finding: of.ok(`holds a long-term key for ${names.join(", ")}`), key };
  } catch (error) {
    if (!(error instanceof LongTermKeyError)) throw error;
    return { finding: of.failed(`holds no long-term key: ${error.message}`, `Put one in: ${put}`) };
  }
}

function isAtAws(storage: Storage): boolean {
  return isAws(("stsEndpoint" in storage ? storage.stsEndpoint : undefined) ?? storage.endpoint);
}

type Read =
  | { text: string; putAt: number }
  | { finding(of: ReturnType<typeof about>, advice: string): Finding };

async function readSecret(SecretId: string, { secretsManager }: Account): Promise<Read> {
  try {
    const { SecretString: text, CreatedDate: putAt } = await secretsManager.send(
      new GetSecretValueCommand({ SecretId }),
    );
    if (text === undefined) return { finding: (of, advice) => of.failed("holds no text", advice) };
    return { text, putAt: putAt?.getTime() ?? Date.now() };
  } catch (error) {
    // AWS says the same of a secret that is not there and of one that holds nothing yet.
    if (Object(error).name === "ResourceNotFoundException")
      return { finding: (of, advice) => of.failed("is empty, or not there", advice) };
    throw error;
  }
}
