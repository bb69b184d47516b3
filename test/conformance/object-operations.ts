import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { statusOf } from "./clients.ts";

type ObjectOperation =
  | "get"
  | "head"
  | "put"
  | "create upload"
  | "upload part"
  | "list parts"
  | "complete upload"
  | "abort upload"
  | "delete";

/** The HTTP status of each operation on one key, 200 for success. */
type Outcomes = Record<ObjectOperation, number>;

/** The same status for reading and for writing, by operation. */
export const outcomesOf = ({ read, write }: { read: number; write: number }): Outcomes => ({
  get: read,
  head: read,
  put: write,
  "create upload": write,
  "upload part": write,
  "list parts": write,
  "complete upload": write,
  "abort upload": write,
  delete: write,
});

interface ObjectAddress {
  Bucket: string;
  Key: string;
}

/**
 * Tries every operation on one key. The operator has prepared what each operation needs, so that a refusal is always about
 * access and never about absence.
 */
export async function tryOperations(s3: S3Client, operator: S3Client, at: ObjectAddress): Promise<Outcomes> {
  const Body = "content";
  await operator.send(new PutObjectCommand({ ...at, Body }));
  const begun = async () => {
    const upload = { ...at, UploadId: (await operator.send(new CreateMultipartUploadCommand(at))).UploadId };
    const { ETag } = await operator.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body }));
    return { ...upload, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } };
  };
  const [toComplete, toAbort] = [await begun(), await begun()];

  return {
    get: await statusOf(s3.send(new GetObjectCommand(at))),
    head: await statusOf(s3.send(new HeadObjectCommand(at))),
    put: await statusOf(s3.send(new PutObjectCommand({ ...at, Body }))),
    "create upload": await statusOf(s3.send(new CreateMultipartUploadCommand(at))),
    "upload part": await statusOf(s3.send(new UploadPartCommand({ ...toComplete, PartNumber: 1, Body }))),
    "list parts": await statusOf(s3.send(new ListPartsCommand(toComplete))),
    "complete upload": await statusOf(s3.send(new CompleteMultipartUploadCommand(toComplete))),
    "abort upload": await statusOf(s3.send(new AbortMultipartUploadCommand(toAbort))),
    delete: await statusOf(s3.send(new DeleteObjectCommand(at))),
  };
}
