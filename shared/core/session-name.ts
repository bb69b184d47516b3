import { createHash } from "node:crypto";
import type { Principal } from "./principal.ts";
import { type VendingStorage, wayOf } from "./ways.ts";

/** The longest name in the audit trail, where the call to STS takes none. */
const mostCharacters = 64;
/** 96 bits: a caller that can choose its subject, a branch's name say, must not find one with another's hash. */
const hashCharacters = 16;

/**
 * The name under which STS and CloudTrail know a session: the storage's own for a shared session, otherwise the
 * principal's, made safe and told apart from look-alikes by a hash.
 *
 * @example sessionName(storage, principal) // "keyvend-lake" or "repo-acme-lake-Fm1zUo-hYc3rXa9Q"
 */
export function sessionName(
  storage: VendingStorage,
  { issuer, subject }: Pick<Principal, "issuer" | "subject">,
): string {
  const { sessionNameCharacters: most = mostCharacters, needsCallersToken } = wayOf(storage);
  if (storage.sessions === "shared" && !needsCallersToken) return `keyvend-${storage.name}`.slice(0, most);
  const hash = createHash("sha256")
    .update(JSON.stringify([issuer, subject]))
    .digest("base64url");
  const readable = subject.replace(/[^\w+=,.@-]+/g, "-").slice(0, most - hashCharacters - 1);
  return `${readable}-${hash.slice(0, hashCharacters)}`;
}
