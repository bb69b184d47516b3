import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import type { Clock, Seal } from "../vending/ports.ts";

/** A key that was not there when the secret was read is asked for again no more often than this. */
const rereadMs = 60_000;
/** For how long a read that failed is not repeated: no caller waits for one twice, to open and then to seal. */
const failedMs = 1_000;
const keyIdForm = /^[A-Za-z0-9_-]{1,32}$/;
const shortestSecret = 32;
/** A shorter tag, which GCM would take, is easier to guess. */
const wholeTag = { authTagLength: 16 };

interface SealingKeys {
  current: string;
  keys: ReadonlyMap<string, KeyObject>;
}

/**
 * Seals with AES-256-GCM; the entry's key is bound in as associated data, so that a sealed text opens in its own place
 * only. The sealing keys are one secret, `{"current":"k2","k1":"…","k2":"…"}`: a new key is added, then made current,
 * and the old one taken out when nothing that it sealed is still valid.
 *
 * A sealed text reads `keyId.iv.tag.ciphertext`, in base64url.
 *
 * @param onTampered told the place of a text that its own key does not open, or that has not the form: somebody wrote or
 *   moved it
 * @example const seal = createSeal(() => secretValue(call, secretId), clock, (place) => alarm(place))
 */
export function createSeal(
  read: () => Promise<string>,
  clock: Pick<Clock, "now">,
  onTampered: (place: string) => void,
): Seal {
  let known: SealingKeys | undefined;
  let readAt = 0;
  let reading: Promise<SealingKeys> | undefined;
  let failure: { error: unknown; until: number } | undefined;

  async function readKeys(): Promise<SealingKeys> {
    if (failure !== undefined && clock.now() < failure.until) throw failure.error;
    try {
      known = parseSealingKeys(await read());
      readAt = clock.now();
      return known;
    } catch (error) {
      failure = { error, until: clock.now() + failedMs };
      throw error;
    }
  }

  /** One read for all who wait for it: whoever did not wait would miss what the new key has sealed. */
  function reread(): Promise<SealingKeys> {
    reading ??= readKeys().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  const load = async () => known ?? reread();

  /** What is known stays in use when Secrets Manager is away. */
  async function keyOf(id: string): Promise<KeyObject | undefined> {
    const key = (await load()).keys.get(id);
    if (key !== undefined || clock.now() - readAt < rereadMs) return key;
    return (await reread()).keys.get(id);
  }

  return {
    async load() {
      await load();
    },

    async seal(place, plain) {
      const { current, keys } = await load();
      const key = keys.get(current) as KeyObject;
      const iv = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(place));
      const sealed = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
      return [current, ...[iv, cipher.getAuthTag(), sealed].map((part) => part.toString("base64url"))].join(
        ".",
      );
    },

    async open(place, sealed) {
      const [id = "", iv = "", tag = "", ciphertext = ""] = sealed.split(".");
      // Without the key this is a miss: STS may still answer, and Secrets Manager's fault shows when that is sealed.
      const key = await keyOf(id).catch(() => undefined);
      if (key === undefined) return undefined;
      try {
        const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(iv, "base64url"), wholeTag)
          .setAAD(Buffer.from(place))
          .setAuthTag(Buffer.from(tag, "base64url"));
        return decipher.update(ciphertext, "base64url", "utf8") + decipher.final("utf8");
      } catch {
        onTampered(place);
        return undefined;
      }
    },
  };
}

function parseSealingKeys(secret: string): SealingKeys {
  const { current, ...rest } = parseObject(secret);
  const keys = new Map<string, KeyObject>();
  for (const [id, value] of Object.entries(rest)) {
    if (!keyIdForm.test(id) || typeof value !== "string" || value.length < shortestSecret) {
      throw new Error(
        `The sealing secret needs texts of at least ${shortestSecret} characters under plain key ids.`,
      );
    }
    keys.set(id, createSecretKey(Buffer.from(hkdfSync("sha256", value, "", "keyvend seal", 32))));
  }
  if (typeof current !== "string" || !keys.has(current)) {
    throw new Error("The sealing secret must name one of its keys as `current`.");
  }
  return { current, keys };
}

function parseObject(secret: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(secret);
    if (typeof parsed === "object" && parsed !== null) return parsed as Record<string, unknown>;
  } catch {
    // Said below, without the text.
  }
  throw new Error("The sealing secret is not a JSON object.");
}
