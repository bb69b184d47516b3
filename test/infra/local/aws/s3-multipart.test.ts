import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { createWorld, refusalOf } from "./world.ts";

const object = { Bucket: "lake", Key: "big" };
const partBytes = 5 * 1_024 * 1_024;

async function begin(s3: S3Client): Promise<string | undefined> {
  return (await s3.send(new CreateMultipartUploadCommand(object))).UploadId;
}

async function upload(s3: S3Client, UploadId: string | undefined, bodies: Buffer[]) {
  return Promise.all(
    bodies.map(async (Body, at) => {
      const PartNumber = at + 1;
      const { ETag } = await s3.send(new UploadPartCommand({ ...object, UploadId, PartNumber, Body }));
      return { PartNumber, ETag };
    }),
  );
}

test("an object is put together from its parts", async () => {
  const s3 = (await createWorld()).s3();
  const UploadId = await begin(s3);
  const Parts = await upload(s3, UploadId, [Buffer.alloc(partBytes, "a"), Buffer.from("b")]);
  const listed = await s3.send(new ListPartsCommand({ ...object, UploadId }));
  expect(listed.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
    [1, partBytes],
    [2, 1],
  ]);
  const complete = new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts } });
  expect((await s3.send(complete)).ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
  const tail = await s3.send(new GetObjectCommand({ ...object, Range: `bytes=${partBytes - 1}-` }));
  expect(await tail.Body?.transformToString()).toBe("ab");
  expect(await refusalOf(s3.send(complete))).toEqual(["NoSuchUpload", 404]);
});

test("uploads under a prefix are listed page by page until they are done", async () => {
  const s3 = (await createWorld()).s3();
  const keys = ["t1/b +%", "t1/a", "t1/a", "t10/a"];
  for (const Key of keys) await s3.send(new CreateMultipartUploadCommand({ Bucket: "lake", Key }));
  const list = (input: object) => s3.send(new ListMultipartUploadsCommand({ Bucket: "lake", ...input }));
  const all = await list({ Prefix: "t1/" });
  expect(all.Uploads?.map(({ Key }) => Key)).toEqual(["t1/a", "t1/a", "t1/b +%"]);
  expect(all.IsTruncated).toBe(false);
  const ids: unknown[] = [];
  let next: object = {};
  do {
    const page = await list({ Prefix: "t1/", MaxUploads: 1, ...next });
    ids.push(page.Uploads?.[0]?.UploadId);
    next = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
    if (!page.IsTruncated) break;
  } while (ids.length < 9);
  expect(ids).toEqual(all.Uploads?.map(({ UploadId }) => UploadId));
  expect((await list({ KeyMarker: "t1/a" })).Uploads?.map(({ Key }) => Key)).toEqual(["t1/b +%", "t10/a"]);
  const [first] = all.Uploads ?? [];
  await s3.send(
    new AbortMultipartUploadCommand({ Bucket: "lake", Key: first?.Key, UploadId: first?.UploadId }),
  );
  expect((await list({ Prefix: "t1/" })).Uploads).toHaveLength(2);
});

test("parts that are out of order, unknown or too small do not make an object", async () => {
  const s3 = (await createWorld()).s3();
  const UploadId = await begin(s3);
  const [first, second] = await upload(s3, UploadId, [Buffer.from("a"), Buffer.from("b")]);
  const complete = (Parts: object[]) =>
    refusalOf(
      s3.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts } })),
    );
  expect(await complete([{ ...first }, { ...second }])).toEqual(["EntityTooSmall", 400]);
  expect(await complete([{ ...first, ETag: '"0"' }])).toEqual(["InvalidPart", 400]);
  expect(await complete([{ ...second }, { ...first }])).toEqual(["InvalidPartOrder", 400]);
  expect(await complete([{ ...first }, { ...first }])).toEqual(["InvalidPartOrder", 400]);
  expect(await complete([{ PartNumber: 3, ETag: first?.ETag }])).toEqual(["InvalidPart", 400]);
});

test("an abandoned upload is gone, and none reaches another key", async () => {
  const s3 = (await createWorld()).s3();
  const UploadId = await begin(s3);
  const other = { ...object, Key: "other", UploadId, PartNumber: 1, Body: "x" };
  expect(await refusalOf(s3.send(new UploadPartCommand(other)))).toEqual(["NoSuchUpload", 404]);
  await s3.send(new AbortMultipartUploadCommand({ ...object, UploadId }));
  const late = s3.send(new UploadPartCommand({ ...other, Key: "big" }));
  expect(await refusalOf(late)).toEqual(["NoSuchUpload", 404]);
});

test("the parts of one object are bounded together", async () => {
  const s3 = (await createWorld({ s3: { maxObjectBytes: 10 } })).s3();
  const UploadId = await begin(s3);
  const part = (PartNumber: number) =>
    refusalOf(s3.send(new UploadPartCommand({ ...object, UploadId, PartNumber, Body: "123456" })));
  expect(await part(1)).toEqual(["not refused", 200]);
  expect(await part(2)).toEqual(["EntityTooLarge", 400]);
  expect(await part(1)).toEqual(["not refused", 200]);
});
