import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { Clock } from "../vending/ports.ts";
import { type LongTermKey, parseLongTermKey } from "./long-term-key.ts";
import type { OwnCredentialsProvider } from "./own-credentials.ts";
import { sdkCredentials, sdkTransport } from "./sdk-transport.ts";
import { isKeyRefused, verdictOf } from "./sts-refusal.ts";

/** How long a key is used before it is read again. A rotated key is seen earlier only if STS refuses the old one. */
const freshMs = 5 * 60_000;
/** How long a key is used before the next try to read it again, while Secrets Manager is unreachable. */
const rereadPauseMs = 60_000;
/** How long a caller waits to have a known key read again: STS has to answer within the same deadline. */
const rereadTimeoutMs = 200;

/** The part of a secret that signs. The configuration says where the storage is, whatever else the secret says. */
type KeyPair = Pick<LongTermKey, "accessKeyId" | "secretAccessKey">;

export interface LongTermKeys {
  /**
   * Runs an action with a secret's long-term key. If the key is refused, the secret is read again, and the action is tried
   * once more if there is another key by now: a rotation heals by itself. No read goes on after the signal.
   *
   * The action gets the same object for as long as the key is the same: connections are kept by it.
   */
  use<T>(secretId: string, signal: AbortSignal, action: (key: KeyPair) => Promise<T>): Promise<T>;
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

/**
 * The long-term keys in Secrets Manager. They are nowhere else, except in this memory.
 *
 * @param options `timeoutMs` is the deadline of a whole issue, the reading of its key included
 * @example await createLongTermKeys(options).use("keyvend/lake", signal, (key) => getSessionToken(key))
 */
export function createLongTermKeys(options: {
  region: string;
  credentials: OwnCredentialsProvider;
  clock: Pick<Clock, "now">;
  timeoutMs: number;
}): LongTermKeys {
  const { region, credentials, clock, timeoutMs } = options;
  const client = new SecretsManagerClient({
    region,
    credentials: sdkCredentials(credentials),
    ...sdkTransport(timeoutMs),
  });
  const memory = new Map<string, { key: KeyPair; readAgainAt: number }>();

  async function read(secretId: string, abortSignal: AbortSignal): Promise<KeyPair> {
    const newKey = parseKey(secretId, await textOf(secretId, abortSignal));
    const oldKey = memory.get(secretId)?.key;
    const key = oldKey !== undefined && isSameKey(oldKey, newKey) ? oldKey : newKey;
    memory.set(secretId, { key, readAgainAt: clock.now() + freshMs });
    return key;
  }

  async function textOf(secretId: string, abortSignal: AbortSignal): Promise<string> {
    try {
      const command = new GetSecretValueCommand({ SecretId: secretId });
      const { SecretString = "" } = await client.send(command, { abortSignal });
      return SecretString;
    } catch (error) {
      const away = ["throttled", "unavailable"].includes(verdictOf(error).code);
      throw new SecretUnreadable(`secret ${secretId}: ${(error as Error).name}`, away);
    }
  }

  async function current(secretId: string, signal: AbortSignal): Promise<KeyPair> {
    const last = memory.get(secretId);
    if (last === undefined) return read(secretId, signal);
    if (clock.now() < last.readAgainAt) return last.key;
    // Set before the read, not after it: meanwhile all other callers use the last key.
    last.readAgainAt = clock.now() + rereadPauseMs;
    try {
      return await read(secretId, AbortSignal.any([signal, AbortSignal.timeout(rereadTimeoutMs)]));
    } catch (error) {
      // While Secrets Manager is unreachable, a key that was good is probably good still. STS decides.
      if (error instanceof SecretUnreadable && error.away) return last.key;
      // A key that was taken out of its secret is not used any longer: a static storage asks no STS that would refuse it.
      memory.delete(secretId);
      throw error;
    }
  }

  return {
    async use(secretId, signal, action) {
      const key = await current(secretId, signal);
      try {
        return await action(key);
      } catch (error) {
        if (!isKeyRefused(error)) throw error;
        const newKey = await read(secretId, signal).catch((unreadable) => {
          throw unreadable.away ? error : unreadable;
        });
        if (isSameKey(newKey, key)) throw error;
        return action(newKey);
      }
    },
  };
}

function isSameKey(one: KeyPair, other: KeyPair): boolean {
  return one.accessKeyId === other.accessKeyId && one.secretAccessKey === other.secretAccessKey;
}

function parseKey(secretId: string, text: string): KeyPair {
  try {
    const { accessKeyId, secretAccessKey } = parseLongTermKey(text);
    return { accessKeyId, secretAccessKey };
  } catch (error) {
    throw new SecretUnreadable(`secret ${secretId}: ${(error as Error).message}`, false);
  }
}
