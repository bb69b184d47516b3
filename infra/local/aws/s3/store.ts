import { AwsFault } from "../aws-fault.ts";

/** An object as the service returns it. */
export interface StoredObject {
  body: Buffer;
  /** In quotation marks, as it goes over the wire. */
  etag: string;
  /** Epoch milliseconds. */
  lastModified: number;
  /** Content headers and `x-amz-meta-`. */
  headers: Readonly<Record<string, string>>;
  /** The `x-amz-checksum-…` headers that came with the object. */
  checksums: Readonly<Record<string, string>>;
}

export interface ObjectPart {
  body: Buffer;
  etag: string;
  lastModified: number;
}

export interface Upload {
  key: string;
  /** Epoch milliseconds. */
  startedAt: number;
  headers: Readonly<Record<string, string>>;
  parts: Map<number, ObjectPart>;
}

export interface Bucket {
  createdAt: number;
  objects: Map<string, StoredObject>;
  uploads: Map<string, Upload>;
}

/** Buckets by name. */
export type Store = Map<string, Bucket>;

/** Makes an empty bucket. Throws `AwsFault` for a name that S3 does not accept, or that a bucket already has. */
export function createBucket(store: Store, name: string, now: number): void {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) || name.includes(".."))
    throw new AwsFault(400, "InvalidBucketName", "The specified bucket is not valid.");
  if (store.has(name)) {
    const message = "Your previous request to create the named bucket succeeded and you already own it.";
    throw new AwsFault(409, "BucketAlreadyOwnedByYou", message);
  }
  store.set(name, { createdAt: now, objects: new Map(), uploads: new Map() });
}
