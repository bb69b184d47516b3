import { createInterface } from "node:readline";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import metadata from "@aws-sdk/client-s3/package.json" with { type: "json" };

const Bucket = process.argv[2] ?? "";
const s3 = new S3Client({ forcePathStyle: true });

const operations: Record<string, (key: string, body: string) => Promise<string[]>> = {
  version: async () => [metadata.version],
  put: async (Key, Body) => {
    await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    return [];
  },
  get: async (Key) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    return [(await Body?.transformToString()) ?? ""];
  },
  list: async (Prefix) => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
    return Contents.map(({ Key = "" }) => Key);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [operation = "", key = "", body = ""] = line.split("\t");
  const answer = await operations[operation]?.(key, body).then(
    (found) => ["ok", ...found],
    (error) => ["error", `${error}`.replace(/\s+/g, " ")],
  );
  console.log(answer?.join("\t"));
}
