import { createHash } from "node:crypto";

/**
 * An audit record has this instead of the token: the first 16 bytes of its SHA-256, in hexadecimal.
 *
 * @example tokenHash(token) // "9f86d081884c7d659a2feaa0c55ad015"
 */
export function tokenHash(token: string): string {
  return createHash("sha256").update(token).digest("hex").slice(0, 32);
}
