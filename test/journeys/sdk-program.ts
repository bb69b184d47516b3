/**
 * A program that knows nothing of keyvend. `sdk-program.ts BUCKET KEY` writes an object by the SDK's default credential
 * chain, and prints the content that it then reads.
 */
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

const [Bucket, Key] = process.argv.slice(2);
const s3 = new S3Client({ forcePathStyle: true });
await s3.send(new PutObjectCommand({ Bucket, Key, Body: `written to ${Key}` }));
const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
console.log(await Body?.transformToString());
