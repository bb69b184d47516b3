import { createHash } from "node:crypto";
import type { Principal } from "./principal.ts";
import type { VendingStorage } from "./storage.ts";

/** GetFederationToken takes 2–32 characters, AssumeRole and AssumeRoleWithWebIdentity 2–64; all of `[\w+=,.@-]`. */
const longest = (storage: VendingStorage) => (storage.issue === "federation-token" ? 32 : 64);

/**
 * The name under which STS and CloudTrail know a session: the storage's own for a shared session, otherwise the
 * principal's, made safe and told apart from look-alikes by a hash.
 *
 * @example sessionName(storage, principal) // "keyvend-lake" or "repo-acme-lake-3f9a0c41d2b7"
 */
export function sessionName(storage: VendingStorage, principal: Principal): string {
  if (storage.sessions === "shared" && storage.issue !== "web-identity") {
    return `keyvend-${storage.name}`.slice(0, longest(storage));
  }
  const identity = JSON.stringify([principal.issuer, principal.subject]);
  const hash = createHash("sha256").update(identity).digest("hex").slice(0, 12);
  const readable = principal.subject
    .replace(/[^\w+=,.@-]+/g, "-")
    .slice(0, longest(storage) - hash.length - 1);
  return `${readable}-${hash}`;
}
