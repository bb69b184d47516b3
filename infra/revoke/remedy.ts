import type { Storage } from "../../shared/core/storage.ts";

/**
 * What helps against sessions of a storage that no Deny ends. Of stores other than AWS it is what was tried on them, or what they
 * document.
 *
 * @example remedyFor(storage) // "give its user another secret at MinIO, which ends all sessions of that user"
 */
export function remedyFor({ issue, store, name }: Storage): string {
  if (issue === "static")
    return "the callers have the long-term key itself, which does not expire: put another one into the secret, and disable the old one at the store";
  if (store === "minio")
    return `give the storage's user another secret at MinIO (mc admin user add) and put it into keyvend's secret: all sessions of that user end`;
  if (store === "ceph" || store === "seaweedfs" || store === "other")
    return "take the rights away from its role or user at the store until then, for all sessions of it";
  return `say what kind of store ${name} is (store: in the configuration), or take the rights away from its role or user until then`;
}

/** What a caller may still do that needs neither keyvend nor the sessions that it has. */
export function leftOpenBy({ issue }: Storage): string | undefined {
  if (issue !== "web-identity") return undefined;
  return "a caller can go to STS itself with its own token: end it at its issuer, or by the role's trust policy";
}
