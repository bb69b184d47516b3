import { createHash } from "node:crypto";
import type { IssueRequest } from "./issue-request.ts";
import type { KeptStorage } from "./storage.ts";

/** Changing what a key or an entry is made of needs a new version: entries of the old one are then never found. */
const version = 1;

/**
 * The key under which a session is kept: a hash of everything that decides the credential and of nothing else, so that
 * two requests share a session exactly when STS would have been asked the same. A way that cannot scope leaves scope
 * and session name out, because STS never sees them.
 *
 * @example entryKey(request) // 64 hexadecimal digits
 */
export function entryKey(request: IssueRequest<KeptStorage>): string {
  return createHash("sha256")
    .update(JSON.stringify([version, ...decisive(request)]))
    .digest("hex");
}

function decisive(request: IssueRequest<KeptStorage>): unknown[] {
  const { storage, scope, durationSeconds, sessionName } = request;
  const place = [storage.issue, storage.region, storage.endpoint, durationSeconds];
  // JSON tells `null` from every string, so an absent setting never collides with a present one.
  const scoped = [
    storage.partition,
    storage.kmsKeyArn ?? null,
    scope.bucket,
    scope.prefixes,
    scope.permission,
    sessionName,
  ];
  // Whatever the order in which they are written, STS is told the same.
  const tags = Object.entries(request.sessionTags ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  switch (storage.issue) {
    case "session-token":
      return [...place, storage.stsEndpoint ?? null, storage.secret];
    case "federation-token":
      return [...place, storage.stsEndpoint ?? null, storage.secret, tags, ...scoped];
    case "assume-role":
      return [
        ...place,
        storage.stsEndpoint ?? null,
        storage.secret ?? null,
        storage.roleArn,
        storage.externalId ?? null,
        request.sourceIdentity ?? null,
        tags,
        ...scoped,
      ];
    case "web-identity":
      // STS judges the token itself, and what the role trusts may hang on any claim in it.
      return [
        ...place,
        storage.stsEndpoint ?? null,
        storage.roleArn,
        request.webIdentityToken ?? null,
        ...scoped,
      ];
  }
}
