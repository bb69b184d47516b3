import type { Storage } from "../../shared/core/storage.ts";

/**
 * What helps against sessions of a store that is not AWS, and against long-term keys. Of the stores it is what was tried on them, or
 * what follows from how they judge a session.
 *
 * @example remedyFor(storage) // "give the storage's user another secret at MinIO …"
 */
export function remedyFor({ issue, store, name }: Storage): string {
  if (issue === "static")
    return "put another key into the secret, and disable the old one at the store: callers have the key itself, which does not expire";
  if (issue === "none") return "nothing is vended there";
  if (store === "minio" && issue !== "web-identity")
    return "give the storage's user another secret at MinIO (mc admin user add), and put it into keyvend's secret: all sessions of that user end";
  const rights = "take the rights away from its role or user at the store until then, for all sessions of it";
  return store === undefined
    ? `say what kind of store ${name} is (store: in the configuration), or ${rights}`
    : rights;
}

/** What a caller may still do that needs neither keyvend nor the sessions that it has. */
export function leftOpenBy({ issue }: Storage): string[] {
  if (issue !== "web-identity") return [];
  return [
    "a caller can go to STS itself with its own token: end it at its issuer, or by the role's trust policy",
  ];
}
