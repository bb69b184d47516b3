import { randomBytes } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from "@aws-sdk/client-s3";
import type { VendedCredentials } from "../../../shared/client/src/check-answer.ts";
import type { StorageAddress } from "../../../shared/contract.ts";
import type { Attempt } from "./attempts.ts";

/** What a store makes of an attempt. */
export type Outcome =
  /** It was done, or would have been done if the object existed. `left`: an upload that could not be taken back. */
  | { kind: "allowed"; left?: string }
  /** The store tells that no such object exists: reading it may or may not be allowed. */
  | { kind: "missing" }
  | { kind: "refused" }
  /** It says nothing about rights: the store is away, or does not take the credentials at all. */
  | { kind: "trouble"; code: string; region?: string };

/** A store, as vended credentials see it. */
export interface Store {
  try(attempt: Attempt): Promise<Outcome>;
  /** Reads an object that exists. */
  read(object: { bucket: string; key: string }): Promise<Outcome>;
  /** The region that the store says a bucket is in. */
  locationOf(bucket: string): Promise<{ region: string } | Outcome>;
  close(): void;
}

/** One name in a run, so that whatever a store keeps of it can be found. */
const objectName = `keyvend-doctor-${randomBytes(6).toString("hex")}`;

/**
 * A store by what an answer says of it. Nothing that is tried leaves anything behind: what is read does not exist, and what is
 * written is the beginning of an upload that is aborted at once, which no store keeps, not even as a version.
 *
 * @example await openStore(address, credentials).try({ what: "list", bucket: "lake", prefix: "raw/" })
 */
export function openStore(
  { Endpoint, Region, PathStyleAccess }: Pick<StorageAddress, "Endpoint" | "Region" | "PathStyleAccess">,
  credentials: VendedCredentials,
): Store {
  const s3 = new S3Client({
    endpoint: Endpoint,
    region: Region,
    forcePathStyle: PathStyleAccess,
    credentials,
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 5_000 },
  });

  async function read(bucket: string, key: string): Promise<Outcome> {
    try {
      const { Body: body } = await s3.send(
        new GetObjectCommand({ Bucket: bucket, Key: key, Range: "bytes=0-0" }),
      );
      // Nobody wants the content.
      await body?.transformToByteArray();
      return { kind: "allowed" };
    } catch (error) {
      // AWS names the right that was missing. A caller that may read what is not there lacks only the right to learn that.
      const mayNotLearn = /perform: s3:ListBucket\b/.test(String(Object(error).message));
      return mayNotLearn ? { kind: "allowed" } : outcomeOfError(error);
    }
  }

  async function write(bucket: string, key: string): Promise<Outcome> {
    const object = { Bucket: bucket, Key: key };
    let upload: string | undefined;
    const begun = await outcomeOf(async () => {
      ({ UploadId: upload } = await s3.send(new CreateMultipartUploadCommand(object)));
    });
    if (begun.kind !== "allowed") return begun;
    const aborted = await outcomeOf(() =>
      s3.send(new AbortMultipartUploadCommand({ ...object, UploadId: upload })),
    );
    return aborted.kind === "allowed" ? begun : { kind: "allowed", left: `s3://${bucket}/${key}` };
  }

  return {
    try({ what, bucket, prefix }) {
      if (what === "read") return read(bucket, prefix + objectName);
      if (what === "write") return write(bucket, prefix + objectName);
      const question = { Bucket: bucket, MaxKeys: 1, ...(prefix !== "" && { Prefix: prefix }) };
      return outcomeOf(() => s3.send(new ListObjectsV2Command(question)));
    },
    read: ({ bucket, key }) => read(bucket, key),
    async locationOf(bucket) {
      let region = "";
      const outcome = await outcomeOf(async () => {
        const { LocationConstraint: location = "" } = await s3.send(
          new GetBucketLocationCommand({ Bucket: bucket }),
        );
        region = location;
      });
      return outcome.kind === "allowed" ? { region: oldNames.get(region) ?? region } : outcome;
    },
    close: () => s3.destroy(),
  };
}

/** What S3 calls two regions here, and nowhere else. */
const oldNames = new Map([
  ["", "us-east-1"],
  ["EU", "eu-west-1"],
]);

async function outcomeOf(run: () => Promise<unknown>): Promise<Outcome> {
  try {
    await run();
    return { kind: "allowed" };
  } catch (error) {
    return outcomeOfError(error);
  }
}

/** An error of the AWS SDK, or of the network below it. */
interface StoreError {
  name?: string;
  code?: unknown;
  /** Where the bucket is, as the body of S3's error says it. */
  Region?: unknown;
  $metadata?: { httpStatusCode?: number };
  $response?: { headers?: Record<string, string> };
}

function outcomeOfError(error: unknown): Outcome {
  const { name = "", code, Region, $metadata, $response } = Object(error) as StoreError;
  if (name === "NoSuchKey" || name === "NotFound") return { kind: "missing" };
  if (name === "AccessDenied") return { kind: "refused" };
  const region = Region ?? $response?.headers?.["x-amz-bucket-region"];
  return {
    kind: "trouble",
    code: $metadata?.httpStatusCode === undefined ? String(code ?? name) : name,
    ...(typeof region === "string" && { region }),
  };
}
