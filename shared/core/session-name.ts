import { createHash } from "node:crypto";
import type { Principal } from "./principal.ts";
import type { VendingStorage } from "./storage.ts";

/** GetFederationToken takes 2–32 characters, AssumeRole and AssumeRoleWithWebIdentity 2–64; all of `[\w+=,.@-]`. */
const longest = (storage: VendingStorage) => (storage.issue === "federation-token" ? 32 : 64);

/**
 * The name under which STS and CloudTrail know a session: the storage's own for a shared session, otherwise the
 * principal's, made safe and told apart from look-alikes by a hash.
 *
 * @example sessionName(storage, principal) // "keyvend-lake" or "repo-acme-lake-Fm1zUo-hYc3rXa9Q"
 */
export function sessionName(storage: VendingStorage, principal: Principal): string {
  if (storage.sessions === "shared" && storage.issue !== "web-identity") {
    return `keyvend-${storage.name}`.slice(0, longest(storage));
  }
  const identity = JSON.stringify([principal.issuer, principal.subject]);
  // 96 bits: who can choose a subject, a branch's name say, must not find one with another's hash.
  const hash = createHash("sha256").update(identity).digest("base64url").slice(0, 16);
  const readable = principal.subject
    .replace(/[^\w+=,.@-]+/g, "-")
    .slice(0, longest(storage) - hash.length - 1);
  return `${readable}-${hash}`;
}
