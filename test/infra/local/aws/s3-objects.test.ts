import { Readable } from "node:stream";
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketAclCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { createWorld, refusalOf } from "./world.ts";

const Bucket = "lake";

async function textAt(s3: S3Client, Key: string, Range?: string): Promise<string | undefined> {
  const answer = await s3.send(new GetObjectCommand({ Bucket, Key, Range }));
  return answer.Body?.transformToString();
}

async function keep(s3: S3Client, ...keys: string[]): Promise<void> {
  for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
}

test.each([
  ["a string", () => "wörds", undefined],
  ["bytes", () => Buffer.from("wörds"), undefined],
  ["a stream", () => Readable.from([Buffer.from("wö"), Buffer.from("rds")]), 6],
  ["nothing", () => "", undefined],
])("an object put as %s comes back as it was", async (_, body, ContentLength) => {
  const s3 = (await createWorld()).s3();
  const put = { Bucket, Key: "k", Body: body(), ContentLength, ContentType: "text/plain" };
  const { ETag } = await s3.send(new PutObjectCommand({ ...put, Metadata: { colour: "blue" } }));
  const answer = await s3.send(new GetObjectCommand({ Bucket, Key: "k" }));
  expect(await answer.Body?.transformToString()).toBe(body() === "" ? "" : "wörds");
  expect(answer).toMatchObject({ ETag, ContentType: "text/plain", Metadata: { colour: "blue" } });
  // The framing of the upload is no encoding of the content.
  expect(answer.ContentEncoding).toBeUndefined();
  expect(answer.ChecksumCRC32).toBeDefined();
});

test.each(["a b+c", "ünï/çødé", "per%20cent", "a//b/../c", "q?x=1&y#z", "'(*)!~$@:;=", '\u0001<&>"\r\n'])(
  "the key %j is put, listed, read and deleted as it is",
  async (Key) => {
    const s3 = (await createWorld()).s3();
    await keep(s3, Key);
    expect(await textAt(s3, Key)).toBe(Key);
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, EncodingType: "url" }));
    expect(Contents?.map((object) => decodeURIComponent(object.Key ?? ""))).toEqual([Key]);
    await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    expect(await refusalOf(textAt(s3, Key))).toEqual(["NoSuchKey", 404]);
  },
);

test("part of an object is read by its range", async () => {
  const s3 = (await createWorld()).s3();
  await s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "0123456789" }));
  expect(await textAt(s3, "k", "bytes=2-4")).toBe("234");
  expect(await textAt(s3, "k", "bytes=7-")).toBe("789");
  expect(await textAt(s3, "k", "bytes=-2")).toBe("89");
  expect(await textAt(s3, "k", "bytes=8-99")).toBe("89");
  const answer = await s3.send(new GetObjectCommand({ Bucket, Key: "k", Range: "bytes=2-4" }));
  expect(answer.ContentRange).toBe("bytes 2-4/10");
  expect(await refusalOf(textAt(s3, "k", "bytes=10-"))).toEqual(["InvalidRange", 416]);
});

test("head tells of an object what get would, without its body", async () => {
  const s3 = (await createWorld()).s3();
  await keep(s3, "k");
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "k" }));
  expect(head).toMatchObject({ ContentLength: 1, ETag: expect.stringMatching(/^"[0-9a-f]{32}"$/) });
  expect(await refusalOf(s3.send(new HeadObjectCommand({ Bucket, Key: "missing" })))).toEqual([
    "NotFound",
    404,
  ]);
});

test("a listing rolls up what follows the delimiter, page by page", async () => {
  const s3 = (await createWorld()).s3();
  await keep(s3, "a/1", "a/2", "b", "c/1", "c/2", "d");
  const seen: (string | undefined)[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket, Delimiter: "/", MaxKeys: 1, ContinuationToken }),
    );
    expect(page.KeyCount).toBe(1);
    seen.push(...[page.CommonPrefixes, page.Contents].flatMap((list) => (list ?? []).map(nameOf)));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  expect(seen).toEqual(["a/", "b", "c/", "d"]);

  const inside = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: "a/", StartAfter: "a/1" }));
  expect(inside.Contents?.map(nameOf)).toEqual(["a/2"]);
  const old = await s3.send(new ListObjectsCommand({ Bucket, Prefix: "c", MaxKeys: 1 }));
  expect(old).toMatchObject({ IsTruncated: true, NextMarker: "c/1" });
  const rest = await s3.send(new ListObjectsCommand({ Bucket, Prefix: "c", Marker: "c/1" }));
  expect(rest.Contents?.map(nameOf)).toEqual(["c/2"]);
});

function nameOf(entry: { Key?: string | undefined; Prefix?: string | undefined }): string | undefined {
  return entry.Key ?? entry.Prefix;
}

test("keys are listed in the order of their bytes, not of their UTF-16 units", async () => {
  const s3 = (await createWorld()).s3();
  await keep(s3, "\u{10000}", "\uffee");
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }));
  expect(Contents?.map(nameOf)).toEqual(["\uffee", "\u{10000}"]);
});

test("an object is copied with what was kept beside it, or with something else", async () => {
  const s3 = (await createWorld()).s3();
  await s3.send(new PutObjectCommand({ Bucket, Key: "a b", Body: "x", Metadata: { colour: "blue" } }));
  const copy = { Bucket, CopySource: `/${Bucket}/a%20b` };
  await s3.send(new CopyObjectCommand({ ...copy, Key: "same" }));
  await s3.send(
    new CopyObjectCommand({ ...copy, Key: "other", MetadataDirective: "REPLACE", Metadata: { n: "1" } }),
  );
  expect(await textAt(s3, "same")).toBe("x");
  expect((await s3.send(new HeadObjectCommand({ Bucket, Key: "same" }))).Metadata).toEqual({
    colour: "blue",
  });
  expect((await s3.send(new HeadObjectCommand({ Bucket, Key: "other" }))).Metadata).toEqual({ n: "1" });
});

test("several objects are deleted at once", async () => {
  const s3 = (await createWorld()).s3();
  await keep(s3, "a&b", "c", "d");
  const Objects = [{ Key: "a&b" }, { Key: "c" }, { Key: "missing" }];
  const answer = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  expect(answer.Deleted?.map(nameOf)).toEqual(["a&b", "c", "missing"]);
  expect((await s3.send(new ListObjectsV2Command({ Bucket }))).Contents?.map(nameOf)).toEqual(["d"]);
});

test("a write may depend on what is there", async () => {
  const s3 = (await createWorld()).s3();
  const put = (conditions: object) =>
    s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x", ...conditions }));
  expect(await refusalOf(put({ IfMatch: '"anything"' }))).toEqual(["NoSuchKey", 404]);
  const { ETag } = await put({ IfNoneMatch: "*" });
  expect(await refusalOf(put({ IfNoneMatch: "*" }))).toEqual(["PreconditionFailed", 412]);
  expect(await refusalOf(put({ IfMatch: '"another"' }))).toEqual(["PreconditionFailed", 412]);
  expect(await refusalOf(put({ IfMatch: ETag }))).toEqual(["not refused", 200]);
});

test("buckets are made, found and told where they are", async () => {
  const s3 = (await createWorld()).s3();
  const create = new CreateBucketCommand({ Bucket: "new-bucket" });
  expect(await refusalOf(s3.send(new HeadBucketCommand({ Bucket: "new-bucket" })))).toEqual([
    "NotFound",
    404,
  ]);
  await s3.send(create);
  expect((await s3.send(new HeadBucketCommand({ Bucket: "new-bucket" }))).BucketRegion).toBe("eu-central-1");
  const { LocationConstraint } = await s3.send(new GetBucketLocationCommand({ Bucket: "new-bucket" }));
  expect(LocationConstraint).toBe("eu-central-1");
  expect(await refusalOf(s3.send(create))).toEqual(["BucketAlreadyOwnedByYou", 409]);
});

test("what is too large, or not emulated, is refused", async () => {
  const s3 = (await createWorld({ s3: { maxObjectBytes: 10 } })).s3();
  const put = (Body: string) => s3.send(new PutObjectCommand({ Bucket, Key: "k", Body }));
  expect(await refusalOf(put("0123456789"))).toEqual(["not refused", 200]);
  expect(await refusalOf(put("0123456789a"))).toEqual(["EntityTooLarge", 400]);
  expect(await refusalOf(s3.send(new GetBucketAclCommand({ Bucket })))).toEqual(["NotImplemented", 501]);
  const longKey = s3.send(new PutObjectCommand({ Bucket, Key: "k".repeat(1_025), Body: "" }));
  expect(await refusalOf(longKey)).toEqual(["KeyTooLongError", 400]);
});
