import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OperationGroup, operationGroups, type Permission } from "../../shared/contract.ts";
import { differs } from "./accepted-differences.ts";
import type { Backend, BackendName } from "./backend.ts";
import { type Clients, createClients, statusOf, type TestCredentials } from "./clients.ts";
import { outcomesOf, tryOperations } from "./object-operations.ts";

const bucket = "lake";
const otherBucket = "lake-2";
const allowed = 200;
const refused = 403;

/** The answers of backends to a token that is not valid. */
const unauthenticated = expect.toSatisfy((status) => [400, 401, 403].includes(status));

/** Tests on a backend what keyvend promises of vended credentials: their scope, their tokens, their expiry. */
export function scopeSuite(name: BackendName, start: () => Promise<Backend>): void {
  let backend: Backend;
  let clients: Clients;
  let operator: S3Client;

  beforeAll(async () => {
    backend = await start();
    clients = createClients(backend);
    operator = clients.s3(backend.operatorKey);
    for (const Bucket of [bucket, otherBucket]) await operator.send(new CreateBucketCommand({ Bucket }));
    // The S3 whose clock is ahead may be another store.
    await clients.aheadS3(backend.operatorKey).send(new CreateBucketCommand({ Bucket: bucket }));
  });
  afterAll(async () => {
    clients?.destroy();
    await backend?.stop();
  });

  const scoped = async (prefixes: string[], permission: Permission = "READWRITE") =>
    clients.s3(await clients.issueScoped({ bucket, prefixes, permission }));
  const operations = (s3: S3Client, Key: string, Bucket = bucket) =>
    tryOperations(s3, operator, { Bucket, Key });
  const list = (s3: S3Client, Prefix?: string, Bucket = bucket) =>
    statusOf(s3.send(new ListObjectsV2Command({ Bucket, ...(Prefix === undefined ? {} : { Prefix }) })));

  describe(`scope on ${name}`, () => {
    test.each(["t1/x", "t1/deep/er/x", "t1/ü +x"])(
      "READWRITE of t1/ may do everything with %s",
      async (key) => {
        expect(await operations(await scoped(["t1/"]), key)).toEqual(
          outcomesOf({ read: allowed, write: allowed }),
        );
      },
    );

    test.each(["t10/x", "t1x", "t1", "x", "T1/x", "deep/t1/x"])("t1/ does not reach %s", async (key) => {
      expect(await operations(await scoped(["t1/"]), key)).toEqual(
        outcomesOf({ read: refused, write: refused }),
      );
    });

    test("no prefix reaches another bucket, not even one whose name begins in the same way", async () => {
      const none = outcomesOf({ read: refused, write: refused });
      expect(await operations(await scoped(["t1/"]), "t1/x", otherBucket)).toEqual(none);
      expect(await operations(await scoped([""]), "t1/x", otherBucket)).toEqual(none);
      expect(await list(await scoped([""]), "", otherBucket)).toBe(refused);
    });

    test("the empty prefix reaches the whole bucket", async () => {
      const s3 = await scoped([""]);
      expect(await operations(s3, "anything")).toEqual(outcomesOf({ read: allowed, write: allowed }));
      expect(await list(s3)).toBe(allowed);
    });

    test("several prefixes reach each of them and nothing else", async () => {
      const s3 = await scoped(["t1/", "t2/"]);
      expect(await operations(s3, "t2/x")).toEqual(outcomesOf({ read: allowed, write: allowed }));
      expect(await operations(s3, "t3/x")).toEqual(outcomesOf({ read: refused, write: refused }));
    });

    test("READ cannot write", async () => {
      expect(await operations(await scoped(["t1/"], "READ"), "t1/x")).toEqual(
        outcomesOf({ read: allowed, write: refused }),
      );
    });

    test("WRITE alone is enough for a multipart upload, and cannot read or list", async () => {
      const s3 = await scoped(["t1/"], "WRITE");
      expect(await operations(s3, "t1/x")).toEqual(outcomesOf({ read: refused, write: allowed }));
      expect(await list(s3, "t1/")).toBe(refused);
    });

    test.each(["t1/", "t1/deep/", "t1/x"])("t1/ may list %s", async (prefix) => {
      expect(await list(await scoped(["t1/"]), prefix)).toBe(allowed);
    });

    test.each([undefined, "", "t", "t1", "t10/", "t1*", "T1/"])("t1/ may not list %o", async (prefix) => {
      expect(await list(await scoped(["t1/"]), prefix)).toBe(refused);
    });
  });

  describe(`operation groups on ${name}`, () => {
    const withGroups = async (
      also: OperationGroup[],
      permission: Permission = "READWRITE",
      prefixes = ["t1/"],
    ) => clients.s3(await clients.issueScoped({ bucket, prefixes, permission, also }));
    const head = (s3: S3Client, Key: string) =>
      statusOf(s3.send(new HeadObjectCommand({ Bucket: bucket, Key })));
    const listUploads = (s3: S3Client, Prefix?: string) =>
      statusOf(s3.send(new ListMultipartUploadsCommand({ Bucket: bucket, ...(Prefix && { Prefix }) })));
    const missed = differs(name, "a missing key outside of the scope is shown as missing") ? 404 : refused;
    const headBucket = (s3: S3Client) => statusOf(s3.send(new HeadBucketCommand({ Bucket: bucket })));

    test.each(["READ", "READWRITE"] as const)(
      "%s with folder looks at the folder by its name",
      async (permission) => {
        await operator.send(new PutObjectCommand({ Bucket: bucket, Key: "own0/x", Body: "content" }));
        expect(await head(await scoped(["own/"], permission), "own")).toBe(missed);
        const s3 = await withGroups(["folder"], permission, ["own/"]);
        expect(await head(s3, "own")).toBe(404);
        expect(await list(s3, "own")).toBe(allowed);
        expect(await list(s3, "own/")).toBe(allowed);
        // What it costs: names of siblings that begin alike. Their content stays out of reach.
        expect(await head(s3, "own0/x")).toBe(refused);
        for (const prefix of [undefined, "", "o", "own0", "own0/", "OWN"])
          expect(await list(s3, prefix)).toBe(refused);
        expect(await operations(s3, "own0/x")).toEqual(outcomesOf({ read: refused, write: refused }));
        const put = new PutObjectCommand({ Bucket: bucket, Key: "own", Body: "content" });
        expect(await statusOf(s3.send(put))).toBe(refused);
      },
    );

    test("folder of a narrowed scope is the narrowed folder", async () => {
      const s3 = await withGroups(["folder"], "READ", ["own/deep/"]);
      expect(await head(s3, "own/deep")).toBe(404);
      expect(await head(s3, "own")).toBe(missed);
    });

    test("uploads lists the uploads of the whole bucket", async () => {
      expect(await listUploads(await scoped(["t1/"]), "t1/")).toBe(refused);
      const s3 = await withGroups(["uploads"]);
      expect(await listUploads(s3, "t1/")).toBe(allowed);
      expect(await listUploads(s3)).toBe(allowed);
    });

    test("bucket-check finds the bucket, and lists all of it", async () => {
      expect(await headBucket(await scoped(["t1/"]))).toBe(refused);
      const s3 = await withGroups(["bucket-check"], "READ");
      expect(await headBucket(s3)).toBe(allowed);
      expect(await list(s3)).toBe(allowed);
      expect(await operations(s3, "t10/x")).toEqual(outcomesOf({ read: refused, write: refused }));
    });

    test("all groups together are a policy that is taken, but for what the store does not know", async () => {
      const also = operationGroups.filter(
        (group) => !(group === "attributes" && differs(name, "no attributes")),
      );
      const s3 = await withGroups([...also]);
      expect(await operations(s3, "t1/x")).toEqual(outcomesOf({ read: allowed, write: allowed }));
      if (also.length < operationGroups.length) expect(await statusOf(withGroups(["attributes"]))).toBe(400);
    });
  });

  describe(`awkward prefixes on ${name}`, () => {
    const plain = [
      "q\"'/",
      "{}/",
      "back\\slash/",
      "a b+c/",
      "%2F/",
      "[a-z]/",
      "é/",
      "\u00a0ÿ/",
      "~!@#&()=,;/",
    ];
    test.each(plain)("%o reaches itself, and not its sibling", async (prefix) => {
      const s3 = await scoped([prefix]);
      expect(await operations(s3, `${prefix}x`)).toEqual(outcomesOf({ read: allowed, write: allowed }));
      expect(await list(s3, prefix)).toBe(allowed);
      expect(await operations(s3, `${prefix.slice(0, -1)}0/x`)).toEqual(
        outcomesOf({ read: refused, write: refused }),
      );
    });

    // Each prefix with a key that it would reach as a pattern, or with its variable filled in.
    const patterns = [
      ["*/", "z/x"],
      ["t*/", "t1/x"],
      ["t?/", "t1/x"],
      ["t${*}/", "t1/x"],
      ["${aws:username}/", "keyvend/x"],
      ["t$/", "t/x"],
    ] as const;
    test.each(patterns)("%o reaches itself, and not %s", async (prefix, match) => {
      if (differs(name, "policies have no escapes")) {
        await expect(scoped([prefix])).rejects.toMatchObject({ code: "not_scopable" });
        return;
      }
      const s3 = await scoped([prefix]);
      expect(await operations(s3, `${prefix}x`)).toEqual(outcomesOf({ read: allowed, write: allowed }));
      expect(await list(s3, prefix)).toBe(allowed);
      expect(await operations(s3, match)).toEqual(outcomesOf({ read: refused, write: refused }));
      expect(await list(s3, match)).toBe(refused);
    });

    test("a:b/ reaches itself, and not a/", async () => {
      if (differs(name, "a colon in a prefix is refused")) {
        expect(await statusOf(scoped(["a:b/"]))).toBe(400);
        return;
      }
      const s3 = await scoped(["a:b/"]);
      expect(await operations(s3, "a:b/x")).toEqual(outcomesOf({ read: allowed, write: allowed }));
      expect(await operations(s3, "a/x")).toEqual(outcomesOf({ read: refused, write: refused }));
    });
  });

  describe.each(["AssumeRole", "GetSessionToken"])(`sessions of %s on ${name}`, (call) => {
    const place = { Bucket: bucket, Key: "t1/kept" };
    const issue = (durationSeconds?: number) =>
      call === "AssumeRole"
        ? clients.issueScoped({ bucket, prefixes: ["t1/"], permission: "READ" }, durationSeconds)
        : clients.issueSession(durationSeconds);
    const read = (credentials: TestCredentials) =>
      statusOf(clients.s3(credentials).send(new GetObjectCommand(place)));
    const readAhead = (credentials: TestCredentials) =>
      statusOf(clients.aheadS3(credentials).send(new GetObjectCommand(place)));

    beforeAll(async () => {
      for (const s3 of [operator, clients.aheadS3(backend.operatorKey)])
        await s3.send(new PutObjectCommand({ ...place, Body: "kept" }));
    });

    test("are accepted", async () => {
      expect(await read(await issue())).toBe(allowed);
    });

    test("are refused without their token, with another session's, and with a text that is no token", async () => {
      const { sessionToken: _, ...keys } = await issue();
      const another = await issue();
      expect(await read(keys)).toEqual(unauthenticated);
      expect(await read({ ...another, ...keys })).toEqual(unauthenticated);
      expect(await read({ ...another, accessKeyId: keys.accessKeyId })).toEqual(unauthenticated);
      expect(await read({ ...keys, sessionToken: "AAAA" })).toEqual(unauthenticated);
    });

    test("are refused with a token that was changed at any place", async () => {
      const { sessionToken = "", ...keys } = await issue();
      const changedAt = (at: number) => {
        const character = sessionToken[at] === "A" ? "B" : "A";
        return { ...keys, sessionToken: sessionToken.slice(0, at) + character + sessionToken.slice(at + 1) };
      };
      expect(await read(changedAt(0))).toEqual(unauthenticated);
      if (differs(name, "tokens are not authenticated")) return;
      for (let at = 7; at < sessionToken.length - 4; at += 8) {
        expect(await read(changedAt(at)), `changed at ${at}`).toEqual(unauthenticated);
      }
    });

    test("are refused with another secret key", async () => {
      expect(await read({ ...(await issue()), secretAccessKey: "A".repeat(40) })).toEqual(unauthenticated);
    });

    test("are refused once they have expired, and not before", async () => {
      expect(await readAhead(await issue(3600))).toBe(allowed);
      const short = await issue(900);
      expect(await read(short)).toBe(allowed);
      expect(await readAhead(short)).toEqual(unauthenticated);
    });
  });
}
