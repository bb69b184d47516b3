import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import type { Clock, Seal } from "../vending/ports.ts";

/** How long the secret is not read again to look for a key that it did not have. */
const rereadMs = 60_000;
/** How long a read that failed is not repeated: no caller waits for it twice, first to open and then to seal. */
const failedMs = 1_000;
const keyIdForm = /^[A-Za-z0-9_-]{1,32}$/;
const shortestSecret = 32;
/** GCM would take a shorter tag, which is easier to guess. */
const wholeTag = { authTagLength: 16 };

interface SealingKeys {
  current: string;
  keys: ReadonlyMap<string, KeyObject>;
}

/**
 * Seals with AES-256-GCM. The entry's key is bound in as associated data, so that a sealed text opens in its own place
 * only. The sealing keys are in one secret, `{"current":"k2","k1":"…","k2":"…"}`. To rotate, add a new key, then make it
 * current, and remove the old one when nothing that it sealed is valid any longer.
 *
 * A sealed text has the form `keyId.iv.tag.ciphertext`, in base64url.
 *
 * @param onTampered is called with the place of a text that its own key does not open: somebody wrote it or moved it there
 * @example const seal = createSeal(() => secretValue(call, secretId), clock, (place) => alarm(place))
 */
export function createSeal(
  read: () => Promise<string>,
  clock: Pick<Clock, "now">,
  onTampered: (place: string) => void,
): Seal {
  let sealingKeys: SealingKeys | undefined;
  let readAt = 0;
  let reading: Promise<SealingKeys> | undefined;
  let failure: { error: unknown; until: number } | undefined;

  async function readKeys(): Promise<SealingKeys> {
    if (failure !== undefined && clock.now() < failure.until) throw failure.error;
    try {
      sealingKeys = parseSealingKeys(await read());
      readAt = clock.now();
      return sealingKeys;
    } catch (error) {
      failure = { error, until: clock.now() + failedMs };
      throw error;
    }
  }

  /** One read, for which all callers wait: without the new key they would miss everything that it has sealed. */
  function reread(): Promise<SealingKeys> {
    reading ??= readKeys().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  async function load(): Promise<SealingKeys> {
    return sealingKeys ?? reread();
  }

  /** The keys stay in use while Secrets Manager is unreachable. */
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
      const ciphertext = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
      const parts = [iv, cipher.getAuthTag(), ciphertext].map((part) => part.toString("base64url"));
      return [current, ...parts].join(".");
    },

    async open(place, sealed) {
      const [id = "", iv = "", tag = "", ciphertext = ""] = sealed.split(".");
      // Without its key an entry is a miss: STS may still answer. The fault shows when the new session is to be sealed.
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
    // The error below says so without the text.
  }
  throw new Error("The sealing secret is not a JSON object.");
}
