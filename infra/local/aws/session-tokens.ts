import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** Everything about temporary credentials. It travels in the token only: no server remembers a session. */
export interface StsSession {
  accessKeyId: string;
  secretAccessKey: string;
  /** Epoch milliseconds, as is `expiration`. */
  issuedAt: number;
  expiration: number;
  holder: SessionHolder;
  /** As it was sent. */
  policy: string | undefined;
  tags: Readonly<Record<string, string>>;
  transitiveTagKeys: readonly string[];
  sourceIdentity: string | undefined;
}

/** The user or role whose rights a session has, by its unique id. */
type SessionHolder =
  | { kind: "user-session"; userId: string }
  | { kind: "federated-user"; userId: string; name: string }
  | { kind: "assumed-role"; roleId: string; sessionName: string };

/** Seals sessions into tokens and opens the tokens. STS and the services that accept its tokens share one. */
export interface SessionTokens {
  seal(session: StsSession): string;
  /** `undefined` for a token that was not sealed here, or was changed afterwards. It opens expired tokens too. */
  open(token: string): StsSession | undefined;
}

const ivBytes = 12;
const tagBytes = 16;

/**
 * Seals and opens tokens by AES-256-GCM, in base64 like AWS's own tokens. The key has 32 bytes. The default key lives
 * as long as the process.
 *
 * @example const sessionTokens = createSessionTokens()
 */
export function createSessionTokens(key: Buffer = randomBytes(32)): SessionTokens {
  return {
    seal(session) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv("aes-256-gcm", key, iv);
      const ciphertext = [cipher.update(JSON.stringify(session), "utf8"), cipher.final()];
      return Buffer.concat([iv, cipher.getAuthTag(), ...ciphertext]).toString("base64");
    },
    open(token) {
      const bytes = Buffer.from(token, "base64");
      // Base64 decoding skips some characters, so that without this check many texts would be the same token.
      if (bytes.length <= ivBytes + tagBytes || bytes.toString("base64") !== token) return undefined;
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, ivBytes), {
        authTagLength: tagBytes,
      });
      decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
      try {
        const text = Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]);
        return JSON.parse(text.toString("utf8"));
      } catch {
        return undefined;
      }
    },
  };
}
