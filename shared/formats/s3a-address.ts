import type { StorageAddress } from "../contract.ts";

/**
 * Where a storage is, in the keys of Hadoop's S3A file system, as Fluss uses them too.
 *
 * @example s3aAddress(vended)["fs.s3a.endpoint.region"] // "eu-central-1"
 */
export function s3aAddress({ Endpoint, Region, PathStyleAccess }: StorageAddress): Record<string, string> {
  return {
    "fs.s3a.endpoint": Endpoint,
    // Fluss's server and Java client know this name, Hadoop and Fluss's Rust client the next one.
    "fs.s3a.region": Region,
    "fs.s3a.endpoint.region": Region,
    // In lower case: Fluss's Rust client takes nothing else.
    "fs.s3a.path.style.access": String(PathStyleAccess),
  };
}
