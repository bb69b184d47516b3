import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { Clock, Seal } from "../vending/ports.ts";
import { createVersionedKeys } from "./versioned-keys.ts";

/** GCM would take a shorter tag, which is easier to guess. */
const wholeTag = { authTagLength: 16 };

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
  const sealingKeys = createVersionedKeys({ secret: "sealing secret", purpose: "keyvend seal", read, clock });

  return {
    async load() {
      await sealingKeys.current();
    },

    async seal(place, plain) {
      const { id, key } = await sealingKeys.current();
      const iv = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(place));
      const ciphertext = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
      const parts = [iv, cipher.getAuthTag(), ciphertext].map((part) => part.toString("base64url"));
      return [id, ...parts].join(".");
    },

    async open(place, sealed) {
      const [id = "", iv = "", tag = "", ciphertext = ""] = sealed.split(".");
      // Without its key an entry is a miss: STS may still answer. The fault shows when the new session is to be sealed.
      const key = await sealingKeys.keyOf(id).catch(() => undefined);
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
