import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { type LongTermKey, parseLongTermKey } from "../core/long-term-key.ts";
import type { Clock } from "../vending/ports.ts";
import type { OwnCredentialsProvider } from "./own-credentials.ts";
import { sdkCredentials, sdkTransport } from "./sdk-transport.ts";
import { isKeyRefused, verdictOf } from "./sts-refusal.ts";

/** A rotated key is seen after this at the latest, and at once when STS refuses the old one. */
const rememberedMs = 5 * 60_000;
/** While Secrets Manager is away, a known key is read again no more often than this. */
const rereadPauseMs = 60_000;
/** For longer nobody waits to have a known key confirmed: STS has to answer within the same deadline. */
const rereadTimeoutMs = 200;

/** What of a secret concerns the issuing; where the storage is, the configuration says. */
type KeyPair = Pick<LongTermKey, "accessKeyId" | "secretAccessKey">;

export interface LongTermKeys {
  /**
   * Does something with a secret's long-term key. When the key is refused it is read again, and if another one stands
   * there by now, that one is tried: a rotation heals by itself. No read goes on after the signal.
   *
   * The key is the same object for as long as it is the same key: connections are kept by it.
   */
  use<T>(secretId: string, signal: AbortSignal, action: (key: KeyPair) => Promise<T>): Promise<T>;
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
 * @param options `timeoutMs` is the whole deadline of those who use them
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
  const remembered = new Map<string, { key: KeyPair; readAgainAt: number }>();

  async function read(secretId: string, abortSignal: AbortSignal): Promise<KeyPair> {
    const found = parseKey(secretId, await textOf(secretId, abortSignal));
    const known = remembered.get(secretId)?.key;
    const key = known !== undefined && isSameKey(known, found) ? known : found;
    remembered.set(secretId, { key, readAgainAt: clock.now() + rememberedMs });
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
    const known = remembered.get(secretId);
    if (known === undefined) return read(secretId, signal);
    if (clock.now() < known.readAgainAt) return known.key;
    // Before the read, not after it: meanwhile all others go on with what is known.
    known.readAgainAt = clock.now() + rereadPauseMs;
    try {
      return await read(secretId, AbortSignal.any([signal, AbortSignal.timeout(rereadTimeoutMs)]));
    } catch (error) {
      // While Secrets Manager is away, a key that was good is likely to be good still; STS judges.
      if (error instanceof SecretUnreadable && error.away) return known.key;
      // What was taken out of the secret is not used any longer: a static storage asks no STS that would judge it.
      remembered.delete(secretId);
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
        const found = await read(secretId, signal).catch((unreadable) => {
          throw unreadable.away ? error : unreadable;
        });
        if (isSameKey(found, key)) throw error;
        return action(found);
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
