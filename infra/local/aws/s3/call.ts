import { AwsFault } from "../aws-fault.ts";
import type { ReceivedRequest } from "../listener.ts";
import type { Payload } from "../sigv4/payload.ts";
import type { S3Permission } from "./permissions.ts";
import type { Bucket, Store } from "./store.ts";

/** One call to S3, authenticated and allowed. */
export interface S3Call {
  store: Store;
  bucketName: string;
  key: string;
  request: ReceivedRequest;
  payload: Payload;
  maxObjectBytes: number;
  region: string | undefined;
  /** Epoch milliseconds. */
  now: number;
  /** Whether the caller has a further permission, on which the answer depends. */
  may(permission: S3Permission): boolean;
}

export function bucketOf({ store, bucketName }: S3Call, name = bucketName): Bucket {
  const bucket = store.get(name);
  if (bucket === undefined) throw new AwsFault(404, "NoSuchBucket", "The specified bucket does not exist");
  return bucket;
}
