import { hash } from "node:crypto";

/**
 * An audit record has this instead of the token: the first 16 bytes of its SHA-256, in hexadecimal.
 *
 * @example tokenHash(token) // "9f86d081884c7d659a2feaa0c55ad015"
 */
export function tokenHash(token: string): string {
  return beginningOf(tokenDigest(token));
}

/** The SHA-256 of a token, in hexadecimal. */
export function tokenDigest(token: string): string {
  return hash("sha256", token);
}

/** The token's hash for the audit trail, by its whole digest. */
export function beginningOf(digest: string): string {
  return digest.slice(0, 32);
}
