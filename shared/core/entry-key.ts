import { hash } from "node:crypto";
import type { IssueRequest } from "./issue-request.ts";
import { type KeptStorage, wayOf } from "./ways.ts";

/** Changing what a key or an entry is made of needs a new version: entries of the old one are then never found. */
const version = 3;

/**
 * The key under which a session is kept: a hash of everything that decides the credential and of nothing else, so that
 * two requests share a session exactly when STS would be asked the same for both. The scope is in it as the policy that
 * STS gets; a way that cannot scope has none.
 *
 * @example entryKey(request) // 64 hexadecimal digits
 */
export function entryKey(request: IssueRequest<KeptStorage>): string {
  const { storage, policy, durationSeconds, endsAt, sessionName, sourceIdentity, webIdentityToken } = request;
  const { keyParts, sessionNameCharacters } = wayOf(storage);
  // Whatever the order in which tags are written, STS is told the same.
  const tags = Object.entries(request.sessionTags ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const decisive = [
    version,
    [storage.issue, storage.region, storage.endpoint, keyParts(storage)],
    // A session that ends at a fixed time is the same session, although each later request asks for less time.
    endsAt === undefined ? durationSeconds : { endsAt },
    policy,
    sessionNameCharacters === undefined ? undefined : sessionName,
    sourceIdentity,
    tags,
    // STS judges the token itself, and what the role trusts may depend on any claim in it.
    webIdentityToken,
    // Few callers ask for it, and the others keep their entries.
    ...(request.transitiveTagKeys ? [request.transitiveTagKeys] : []),
  ];
  // JSON writes an absent setting as `null`, which no text is written as.
  return hash("sha256", JSON.stringify(decisive));
}
