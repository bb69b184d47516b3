import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { type LongTermKey, parseLongTermKey } from "../core/long-term-key.ts";
import type { Clock } from "../vending/ports.ts";
import type { OwnCredentials } from "./sign.ts";
import { isKeyRefused, verdictOf } from "./sts-refusal.ts";

/** A rotated key is seen after this at the latest, and at once when STS refuses the old one. */
const rememberedMs = 5 * 60_000;

export interface LongTermKeys {
  /**
   * Does something with a secret's long-term key. When the key is refused it is read again, and if another one stands
   * there by now, that one is tried: a rotation heals by itself.
   */
  use<T>(secretId: string, action: (key: LongTermKey) => Promise<T>): Promise<T>;
}

/** The secret cannot be read, or holds no long-term key. The message names the fault, never a value. */
export class SecretUnreadable extends Error {
  override readonly name = "SecretUnreadable";
  /** Secrets Manager does not answer, or throttles: what is wrong is not the secret. */
  readonly away: boolean;

  constructor(message: string, away: boolean) {
    super(message);
    this.away = away;
  }
}

/**
 * The long-term keys in Secrets Manager: the only place where they are, but for this memory.
 *
 * @example await createLongTermKeys(options).use("keyvend/lake", (key) => getSessionToken(key))
 */
export function createLongTermKeys(options: {
  region: string;
  credentials: OwnCredentials;
  clock: Pick<Clock, "now">;
}): LongTermKeys {
  const { region, credentials, clock } = options;
  const client = new SecretsManagerClient({
    region,
    credentials,
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 500, requestTimeout: 1_000, throwOnRequestTimeout: true },
  });
  const remembered = new Map<string, { key: LongTermKey; readAt: number }>();

  async function read(secretId: string): Promise<LongTermKey> {
    let text: string;
    try {
      const { SecretString = "" } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
      text = SecretString;
    } catch (error) {
      const away = ["throttled", "unavailable"].includes(verdictOf(error).code);
      throw new SecretUnreadable(`secret ${secretId}: ${(error as Error).name}`, away);
    }
    const key = parseKey(secretId, text);
    remembered.set(secretId, { key, readAt: clock.now() });
    return key;
  }

  async function current(secretId: string): Promise<LongTermKey> {
    const known = remembered.get(secretId);
    if (known !== undefined && clock.now() - known.readAt < rememberedMs) return known.key;
    // While Secrets Manager is away, a key that was good is likely to be good still; STS judges.
    return read(secretId).catch((error) => {
      if (known !== undefined) return known.key;
      throw error;
    });
  }

  return {
    async use(secretId, action) {
      const key = await current(secretId);
      try {
        return await action(key);
      } catch (error) {
        if (!isKeyRefused(error)) throw error;
        const { accessKeyId, secretAccessKey } = await read(secretId).catch((unreadable) => {
          throw unreadable.away ? error : unreadable;
        });
        if (accessKeyId === key.accessKeyId && secretAccessKey === key.secretAccessKey) throw error;
        return action({ ...key, accessKeyId, secretAccessKey });
      }
    },
  };
}

function parseKey(secretId: string, text: string): LongTermKey {
  try {
    return parseLongTermKey(text);
  } catch (error) {
    throw new SecretUnreadable(`secret ${secretId}: ${(error as Error).message}`, false);
  }
}
