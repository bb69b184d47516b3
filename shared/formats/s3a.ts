import type { StorageAddress } from "../contract.ts";
import type { FormatScope, FormatSource } from "./format.ts";

/** Properties of Hadoop's S3A file system, by their names after a prefix: `fs.s3a.`, or that of one bucket. */
export type S3aProperties = Record<string, string>;

/** Where a storage is. Apache Fluss uses these names, too. */
export function s3aAddress({ Endpoint, Region, PathStyleAccess }: StorageAddress): S3aProperties {
  return {
    endpoint: Endpoint,
    // Fluss's server and Java client know this name, Hadoop and Fluss's Rust client the next one.
    region: Region,
    "endpoint.region": Region,
    // Fluss's Rust client accepts lower case only.
    "path.style.access": String(PathStyleAccess),
  };
}

/**
 * Credentials and the address.
 *
 * @example s3aProperties(answer)["session.token"] // "FwoGZXIvYXdzE…"
 */
export function s3aProperties(source: FormatSource): S3aProperties {
  const { AccessKeyId, SecretAccessKey, Token } = source;
  // The temporary provider finds no credentials where there is no session token.
  const provider = Token === "" ? "SimpleAWSCredentialsProvider" : "TemporaryAWSCredentialsProvider";
  return {
    ...s3aAddress(source),
    "access.key": AccessKeyId,
    "secret.key": SecretAccessKey,
    ...(Token !== "" && { "session.token": Token }),
    "aws.credentials.provider": `org.apache.hadoop.fs.s3a.${provider}`,
  };
}

/**
 * What S3A, and Fluss and Flink with it, cannot do with credentials of this scope. It looks at a folder by a HEAD of its
 * name without the slash, and takes a refusal for final.
 *
 * @example s3aWarnings({ ...answer, Permission: "WRITE" }) // ["WRITE neither reads nor lists, …"]
 */
export function s3aWarnings({ Targets, Permission, Also, ScopeEnforcedBy }: FormatScope): string[] {
  if (ScopeEnforcedBy !== "session-policy") return [];
  if (Permission === "WRITE") return ["WRITE neither reads nor lists, which S3A does before each write."];
  const isWhole = Targets.every((target) => /^s3:\/\/[^/]*\/?$/.test(target));
  if (isWhole || Also?.includes("folder")) return [];
  return ["The scope's own folder cannot be looked at by S3A: its grant lacks `also: [folder]`."];
}

/** The prefix of properties that hold for all buckets. */
export const s3aPrefix = "fs.s3a.";

/** The prefix of properties that hold for one bucket, so that other buckets keep theirs. */
export const s3aBucketPrefix = (bucket: string): string => `fs.s3a.bucket.${bucket}.`;
