import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { AssumeRoleCommand, GetFederationTokenCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { expect, test } from "vitest";
import { createWorld, folderPolicy, guestKey, keysOf, lakeKey, refusalOf, roleArn } from "./world.ts";

const Bucket = "lake";
const denied = ["AccessDenied", 403];
const done = ["not refused", 200];

type World = Awaited<ReturnType<typeof createWorld>>;

/** Every way to get credentials that a session policy holds to one folder. */
const scopedWays = {
  "a federated user": async ({ sts }: World, Policy: string) =>
    keysOf((await sts().send(new GetFederationTokenCommand({ Name: "job", Policy }))).Credentials),
  "an assumed role": async ({ sts }: World, Policy: string) => {
    const request = { RoleArn: roleArn, RoleSessionName: "job", Policy };
    return keysOf((await sts().send(new AssumeRoleCommand(request))).Credentials);
  },
};

test.each(Object.entries(scopedWays))(
  "%s reaches its folder and no sibling, parent or other",
  async (_, way) => {
    const world = await createWorld();
    const owner = world.s3();
    for (const Key of ["t1/a", "t10/a", "a"])
      await owner.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
    const s3 = world.s3(await way(world, folderPolicy("t1/")));

    const put = (Key: string) => refusalOf(s3.send(new PutObjectCommand({ Bucket, Key, Body: "x" })));
    const get = (Key: string) => refusalOf(s3.send(new GetObjectCommand({ Bucket, Key })));
    const list = (Prefix?: string) => refusalOf(s3.send(new ListObjectsV2Command({ Bucket, Prefix })));
    expect([await put("t1/b"), await get("t1/a"), await list("t1/")]).toEqual([done, done, done]);
    for (const Key of ["t10/a", "t1", "a", "t2/a"])
      expect([await put(Key), await get(Key)]).toEqual([denied, denied]);
    for (const prefix of ["t10/", "t1", "", undefined]) expect(await list(prefix)).toEqual(denied);
    // Without a prefix there is nothing that the condition could match.
    expect((await refusalOf(s3.send(new HeadBucketCommand({ Bucket }))))[1]).toBe(403);
  },
);

test("a copy needs its source to be readable and its destination to be writable", async () => {
  const world = await createWorld();
  await world.s3().send(new PutObjectCommand({ Bucket, Key: "t10/a", Body: "x" }));
  const s3 = world.s3(await scopedWays["an assumed role"](world, folderPolicy("t1/")));
  await s3.send(new PutObjectCommand({ Bucket, Key: "t1/a", Body: "x" }));
  const copy = (from: string, Key: string) =>
    refusalOf(s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${from}` })));
  expect(await copy("t1/a", "t1/b")).toEqual(done);
  expect(await copy("t10/a", "t1/b")).toEqual(denied);
  expect(await copy("t1%30/a", "t1/b")).toEqual(denied);
  expect(await copy("t1/a", "t10/b")).toEqual(denied);
});

test("of several objects to delete, those out of reach stay and say so", async () => {
  const world = await createWorld();
  const owner = world.s3();
  for (const Key of ["t1/a", "t10/a"]) await owner.send(new PutObjectCommand({ Bucket, Key, Body: "x" }));
  const s3 = world.s3(await scopedWays["a federated user"](world, folderPolicy("t1/")));
  const Objects = [{ Key: "t1/a" }, { Key: "t10/a" }];
  const answer = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  expect(answer.Deleted).toEqual([{ Key: "t1/a" }]);
  expect(answer.Errors).toMatchObject([{ Key: "t10/a", Code: "AccessDenied" }]);
  expect(await refusalOf(owner.send(new GetObjectCommand({ Bucket, Key: "t10/a" })))).toEqual(done);
});

test("only a caller that may list an object learns that it is missing", async () => {
  const world = await createWorld();
  const reader = JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::lake/t1/*" },
  });
  const get = new GetObjectCommand({ Bucket, Key: "t1/missing" });
  const lister = world.s3(await scopedWays["an assumed role"](world, folderPolicy("t1/")));
  expect(await refusalOf(lister.send(get))).toEqual(["NoSuchKey", 404]);
  const blind = world.s3(await scopedWays["an assumed role"](world, reader));
  expect(await refusalOf(blind.send(get))).toEqual(denied);
});

test("a caller that may write begins a multipart upload; one that may abort aborts it", async () => {
  const world = await createWorld();
  const s3 = world.s3(await scopedWays["an assumed role"](world, folderPolicy("t1/")));
  const begin = (Key: string) => s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  expect(await refusalOf(begin("t10/a"))).toEqual(denied);
  const { UploadId } = await begin("t1/a");
  const abort = s3.send(new AbortMultipartUploadCommand({ Bucket, Key: "t1/a", UploadId }));
  expect(await refusalOf(abort)).toEqual(denied);
});

test("what a put asks for besides the object needs its own right", async () => {
  const world = await createWorld();
  const s3 = world.s3(await scopedWays["an assumed role"](world, folderPolicy("t1/")));
  const put = (more: object) =>
    refusalOf(s3.send(new PutObjectCommand({ Bucket, Key: "t1/a", Body: "x", ...more })));
  expect(await put({})).toEqual(done);
  expect(await put({ ACL: "public-read" })).toEqual(denied);
  expect(await put({ Tagging: "a=b" })).toEqual(denied);
});

test("a federated user without a policy may do nothing, a role without one all that the role may", async () => {
  const world = await createWorld();
  const federated = await world.sts().send(new GetFederationTokenCommand({ Name: "job" }));
  const assumed = await world.sts().send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "job" }));
  const list = (keys: ReturnType<typeof keysOf>) =>
    refusalOf(world.s3(keys).send(new ListObjectsV2Command({ Bucket })));
  expect(await list(keysOf(federated.Credentials))).toEqual(denied);
  expect(await list(keysOf(assumed.Credentials))).toEqual(done);
});

test("a policy never gives what the role or user has not", async () => {
  const world = await createWorld();
  const all = JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action: "*", Resource: "*" },
  });
  for (const way of Object.values(scopedWays)) {
    const s3 = world.s3(await way(world, all));
    expect(await refusalOf(s3.send(new ListObjectsV2Command({ Bucket })))).toEqual(done);
    expect(await refusalOf(s3.send(new ListObjectsV2Command({ Bucket: "other" })))).toEqual(denied);
  }
});

test("a session of a user has the user's own rights, and is refused when tampered with or expired", async () => {
  const { s3, sts, clock } = await createWorld();
  const { Credentials } = await sts().send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
  const keys = keysOf(Credentials);
  const list = (client = s3(keys)) => refusalOf(client.send(new ListObjectsV2Command({ Bucket })));
  expect(await list()).toEqual(done);

  const guest = await sts(guestKey).send(new GetSessionTokenCommand());
  expect(await list(s3(keysOf(guest.Credentials)))).toEqual(denied);
  const { sessionToken, ...tokenless } = keys;
  expect(await list(s3(tokenless))).toEqual(["InvalidAccessKeyId", 403]);
  const last = sessionToken.length - 10;
  const flipped = sessionToken[last] === "A" ? "B" : "A";
  const tampered = sessionToken.slice(0, last) + flipped + sessionToken.slice(last + 1);
  expect(await list(s3({ ...keys, sessionToken: tampered }))).toEqual(["InvalidToken", 400]);
  // A valid token beside another long-term key is nobody's.
  expect(await list(s3({ ...lakeKey, sessionToken }))).toEqual(["InvalidToken", 400]);
  expect(await list(s3({ ...keys, secretAccessKey: "wrong" }))).toEqual(["SignatureDoesNotMatch", 403]);

  clock.aheadMs = 899_000 - 1_000;
  expect(await list()).toEqual(done);
  clock.aheadMs = 901_000;
  expect(await list()).toEqual(["ExpiredToken", 400]);
});

test("a signature for another region is refused", async () => {
  const { s3 } = await createWorld();
  const elsewhere = s3();
  elsewhere.config.region = async () => "us-east-1";
  const call = elsewhere.send(new ListObjectsV2Command({ Bucket }));
  expect(await refusalOf(call)).toEqual(["AuthorizationHeaderMalformed", 400]);
});
