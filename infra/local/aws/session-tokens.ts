import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** Everything about temporary credentials. It travels in the token alone: no server remembers a session. */
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

/** Whose rights a session has. */
type SessionHolder =
  | { kind: "user-session"; userName: string }
  | { kind: "federated-user"; userName: string; name: string }
  | { kind: "assumed-role"; roleArn: string; sessionName: string };

/** Seals sessions into tokens and opens them; STS and the services that take its tokens share one. */
export interface SessionTokens {
  seal(session: StsSession): string;
  /** `undefined` for a token that was not sealed here, or was altered since. Expired ones open. */
  open(token: string): StsSession | undefined;
}

const ivBytes = 12;
const tagBytes = 16;

/**
 * Tokens sealed by AES-256-GCM, in base64 as AWS's are, with this key of 32 bytes, or with one that lives as long as
 * the process.
 *
 * @example const sessionTokens = createSessionTokens()
 */
export function createSessionTokens(key: Buffer = randomBytes(32)): SessionTokens {
  return {
    seal(session) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv("aes-256-gcm", key, iv);
      const sealed = [cipher.update(JSON.stringify(session), "utf8"), cipher.final()];
      return Buffer.concat([iv, cipher.getAuthTag(), ...sealed]).toString("base64");
    },
    open(token) {
      const bytes = Buffer.from(token, "base64");
      // Base64 decoding is lenient: characters that it skips would make many tokens of one.
      if (bytes.length <= ivBytes + tagBytes || bytes.toString("base64") !== token) return undefined;
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, ivBytes), {
        authTagLength: tagBytes,
      });
      decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
      try {
        const opened = Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]);
        return JSON.parse(opened.toString("utf8"));
      } catch {
        return undefined;
      }
    },
  };
}
