import { createHmac } from "node:crypto";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { Clock } from "../vending/ports.ts";
import { createJointWork } from "./joint-work.ts";
import { type LongTermKey, parseLongTermKey } from "./long-term-key.ts";
import type { OwnCredentialsProvider } from "./own-credentials.ts";
import { sdkCredentials, sdkTransport } from "./sdk-transport.ts";
import { verdictOf } from "./sts-refusal.ts";

/** The part of a secret that signs. The configuration says where the storage is, whatever else the secret says. */
export type KeyPair = Pick<LongTermKey, "accessKeyId" | "secretAccessKey">;

/** A long-term key as one version of a secret holds it. Times are epoch milliseconds. */
export interface KeyVersion {
  pair: KeyPair;
  /** Tells keys apart, and tells nothing of the key to a reader that does not have it. */
  fingerprint: string;
  /** When it was asked for: the secret held it at that time or later. */
  readAt: number;
  /** When the version was made; `NaN` if Secrets Manager did not say. */
  createdAt: number;
}

/** The secret cannot be read, or holds no long-term key. The message names the fault and never a value. */
export class SecretUnreadable extends Error {
  override readonly name = "SecretUnreadable";
  /** True if Secrets Manager does not answer, or throttles: nothing is wrong with the secret itself. */
  readonly away: boolean;

  constructor(message: string, away: boolean) {
    super(message);
    this.away = away;
  }
}

/** The version that is in use, or the one that was before the last change. */
type Stage = "AWSCURRENT" | "AWSPREVIOUS";

/** Reads one version of a secret's long-term key. Throws `SecretUnreadable`. */
export type ReadVersion = (secretId: string, stage: Stage, signal: AbortSignal) => Promise<KeyVersion>;

/**
 * Reads the versions of long-term keys from Secrets Manager. Callers that want the same version at once share one read.
 *
 * @throws SecretUnreadable
 * @example const { pair } = await createKeyVersions(options)("keyvend/lake", "AWSCURRENT", signal)
 */
export function createKeyVersions(options: {
  region: string;
  credentials: OwnCredentialsProvider;
  clock: Pick<Clock, "now">;
  timeoutMs: number;
}): ReadVersion {
  const { region, credentials, clock, timeoutMs } = options;
  const client = new SecretsManagerClient({
    region,
    credentials: sdkCredentials(credentials),
    ...sdkTransport(timeoutMs),
  });

  const readJointly = {
    AWSCURRENT: createJointWork((secretId, signal) => read(secretId, "AWSCURRENT", signal)),
    AWSPREVIOUS: createJointWork((secretId, signal) => read(secretId, "AWSPREVIOUS", signal)),
  };

  async function read(SecretId: string, VersionStage: Stage, abortSignal: AbortSignal): Promise<KeyVersion> {
    const readAt = clock.now();
    const command = new GetSecretValueCommand({ SecretId, VersionStage });
    const { SecretString = "", CreatedDate } = await client.send(command, { abortSignal });
    return keyVersion(SecretId, SecretString, { readAt, createdAt: CreatedDate?.getTime() ?? Number.NaN });
  }

  return async function readVersion(secretId, stage, signal) {
    try {
      return await readJointly[stage](secretId, signal);
    } catch (error) {
      if (error instanceof SecretUnreadable) throw error;
      const away = ["throttled", "unavailable"].includes(verdictOf(error).code);
      throw new SecretUnreadable(`secret ${secretId}: ${(error as Error).name}`, away);
    }
  };
}

/**
 * The long-term key in a secret's text.
 *
 * @throws SecretUnreadable
 * @example keyVersion("lake", text, { readAt, createdAt }).fingerprint
 */
export function keyVersion(
  secretId: string,
  text: string,
  times: Pick<KeyVersion, "readAt" | "createdAt">,
): KeyVersion {
  const pair = keyPairOf(secretId, text);
  return { pair, fingerprint: fingerprintOf(secretId, pair), ...times };
}

function keyPairOf(secretId: string, text: string): KeyPair {
  try {
    const { accessKeyId, secretAccessKey } = parseLongTermKey(text);
    return { accessKeyId, secretAccessKey };
  } catch (error) {
    throw new SecretUnreadable(`secret ${secretId}: ${(error as Error).message}`, false);
  }
}

function fingerprintOf(secretId: string, { accessKeyId, secretAccessKey }: KeyPair): string {
  const text = JSON.stringify([secretId, accessKeyId]);
  return createHmac("sha256", secretAccessKey).update(text).digest("base64url").slice(0, 22);
}
