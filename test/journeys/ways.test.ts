/**
 * Every way to issue, through the deployed function: the work of a client with the answer alone, what holds it to its
 * scope and what does not, and the answers to STS's refusals.
 */
import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { IAMClient, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { localRoles, operatorKey } from "../../infra/local/local-account.ts";
import { statusOf } from "../conformance/clients.ts";
import { type AnswerOrProblem, type LocalService, s3Of, startLocalService } from "./local-service.ts";

let service: LocalService;
/** An STS that refuses everything with the code that its path names. */
let refusing: Server;

beforeAll(async () => {
  refusing = createServer(({ url = "" }, response) => {
    const code = url.split("/").at(1);
    response.writeHead(400, { "content-type": "text/xml" });
    response.end(
      `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${localRoles.tenants} no</Message></Error></ErrorResponse>`,
    );
  });
  await new Promise<void>((resolve) => refusing.listen(0, "127.0.0.1", resolve));
  service = await startLocalService(({ issuers, storages, grants, ...rest }) => ({
    ...rest,
    // STS's provider knows one of the two audiences.
    issuers: { local: { ...issuers["local"], audience: ["keyvend", "keyvend-only"] } },
    storages: {
      ...storages,
      "wrong-external-id": { ...storages["tenants"], externalId: "somebody-elses" },
      "untagged-role": { ...storages["federated"], issue: "assume-role", roleArn: localRoles.tenants },
      "with-groups": { ...storages["federated"] },
      "unreadable-policy": {
        ...storages["federated"],
        stsEndpoint: `http://127.0.0.1:${(refusing.address() as AddressInfo).port}/MalformedPolicyDocument`,
      },
    },
    grants: [
      ...grants,
      {
        ...{ name: "with-groups", issuer: "local", subject: "*", storage: "with-groups" },
        prefix: "tenants/${claims.tenant}/",
        permission: "READWRITE",
        also: ["uploads", "folder"],
        acknowledgeVisibleNames: true,
      },
      ...["wrong-external-id", "untagged-role", "unreadable-policy"].map((storage) => ({
        name: storage,
        issuer: "local",
        subject: "*",
        storage,
        permission: "READWRITE",
        sessionTags: storage === "wrong-external-id" ? { tenant: "acme" } : undefined,
      })),
    ].map((grant) => JSON.parse(JSON.stringify(grant))),
  }));
  // More than the storages name, so that tests see which sessions are bound by the users' own rights only.
  await allowAllOfArchive("lake-owner", "archive-owner");
});

async function allowAllOfArchive(...users: string[]): Promise<void> {
  const iam = new IAMClient({
    endpoint: service.backends.iam.url,
    region: "us-east-1",
    credentials: operatorKey,
  });
  const statement = { Effect: "Allow", Action: "s3:*", Resource: "arn:aws:s3:::archive*" };
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  for (const UserName of users)
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "more", PolicyDocument }));
  iam.destroy();
}

afterAll(async () => {
  await service?.close();
  refusing?.close();
});

const clients: S3Client[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
});

function client(answer: AnswerOrProblem): S3Client {
  const s3 = s3Of(answer);
  clients.push(s3);
  return s3;
}

async function vend(storage: string, query?: string, claims: object = { tenant: "acme" }) {
  const { status, body } = await service.vend(storage, await token(claims), query);
  expect(status, body.message).toBe(200);
  return body;
}

const token = (claims: object = { tenant: "acme" }) => service.backends.issuer.token({ ...claims });

const put = (s3: S3Client, Bucket: string, Key: string) =>
  statusOf(s3.send(new PutObjectCommand({ Bucket, Key, Body: "content" })));
const get = (s3: S3Client, Bucket: string, Key: string) =>
  statusOf(s3.send(new GetObjectCommand({ Bucket, Key })));
const list = (s3: S3Client, Bucket: string, Prefix?: string) =>
  statusOf(s3.send(new ListObjectsV2Command({ Bucket, ...(Prefix && { Prefix }) })));

/** Puts, lists and gets. A client that was vended READWRITE can do each of them in its folder. */
async function worksIn(s3: S3Client, bucket: string, folder: string) {
  expect(await put(s3, bucket, `${folder}hello.txt`)).toBe(200);
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: folder }));
  expect(Contents.map(({ Key }) => Key)).toContain(`${folder}hello.txt`);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: `${folder}hello.txt` }));
  expect(await Body?.transformToString()).toBe("content");
}

const head = (s3: S3Client, Bucket: string, Key: string) =>
  statusOf(s3.send(new HeadObjectCommand({ Bucket, Key })));
const uploads = (s3: S3Client, Bucket: string) =>
  statusOf(s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: "tenants/named/" })));

test("groups of operations reach what the grant names, for the folder that was asked for, and are told", async () => {
  const claims = { tenant: "named" };
  const plain = await vend("federated", undefined, claims);
  expect(plain).not.toHaveProperty("Also");
  expect(await head(client(plain), "lake", "tenants/named")).toBe(403);
  expect(await uploads(client(plain), "lake")).toBe(403);

  const answer = await vend("with-groups", undefined, claims);
  expect(answer).toMatchObject({ Targets: plain.Targets, Also: ["folder", "uploads"] });
  expect(lastRecord()).toMatchObject({ also: ["folder", "uploads"] });
  const s3 = client(answer);
  expect(await head(s3, "lake", "tenants/named")).toBe(404);
  expect(await head(s3, "lake", "tenants/acme")).toBe(403);
  expect(await uploads(s3, "lake")).toBe(200);
  await worksIn(s3, "lake", "tenants/named/");

  const read = await vend("with-groups", "target=s3://lake/tenants/named/t1/&permission=READ", claims);
  expect(read.Also).toEqual(["folder"]);
  expect(await head(client(read), "lake", "tenants/named/t1")).toBe(404);
  expect(await head(client(read), "lake", "tenants/named")).toBe(403);
});

test("a percent sign in a target is one from the query to the store", async () => {
  const answer = await vend("tenants", "target=s3://lake/tenants/acme/a%252Fb/");
  expect(answer.Targets).toEqual(["s3://lake/tenants/acme/a%2Fb/"]);
  const s3 = client(answer);
  await worksIn(s3, "lake", "tenants/acme/a%2Fb/");
  for (const key of ["tenants/acme/a/b/x", "tenants/acme/a%252Fb/x"])
    expect(await put(s3, "lake", key)).toBe(403);
});

const lastRecord = () => service.log.at(-1)?.audit;

describe.each([
  ["assume-role from the long-term key", "tenants"],
  ["assume-role from the function's own role", "own-role"],
  ["federation-token", "federated"],
  ["web-identity", "web-identity"],
])("%s", (_way, storage) => {
  test("an S3 client built from the answer alone works in its tenant's folder", async () => {
    const answer = await vend(storage);
    expect(answer).toMatchObject({ Targets: ["s3://lake/tenants/acme/"], ScopeEnforcedBy: "session-policy" });
    await worksIn(client(answer), "lake", "tenants/acme/");
  });

  test("siblings, the folder above and other buckets are out of its reach", async () => {
    const owner = client(await vend("lake"));
    const outside = ["tenants/acme2/kept", "tenants/acm/kept", "tenants/acme", "tenants/kept", "kept"];
    for (const key of outside) await put(owner, "lake", key);
    await put(owner, "archive", "tenants/acme/kept");

    const s3 = client(await vend(storage));
    for (const key of outside) {
      expect(await get(s3, "lake", key), key).toBe(403);
      expect(await put(s3, "lake", key), key).toBe(403);
    }
    for (const prefix of ["tenants/acme2/", "tenants/acme", "tenants/", undefined])
      expect(await list(s3, "lake", prefix), prefix).toBe(403);
    expect(await get(s3, "archive", "tenants/acme/kept")).toBe(403);
    expect(await put(s3, "archive", "tenants/acme/kept")).toBe(403);
    expect(await list(s3, "archive", "tenants/acme/")).toBe(403);
  });

  test("a request may ask for less, and gets no more than that", async () => {
    const owner = client(await vend(storage));
    await put(owner, "lake", "tenants/acme/in/kept");
    await put(owner, "lake", "tenants/acme/out/kept");

    const answer = await vend(storage, "target=s3://lake/tenants/acme/in/&permission=READ");
    expect(answer).toMatchObject({ Targets: ["s3://lake/tenants/acme/in/"], Permission: "READ" });
    const s3 = client(answer);
    expect(await get(s3, "lake", "tenants/acme/in/kept")).toBe(200);
    expect(await put(s3, "lake", "tenants/acme/in/kept")).toBe(403);
    expect(await get(s3, "lake", "tenants/acme/out/kept")).toBe(403);
  });

  test.each(["target=s3://lake/tenants/", "target=s3://lake/tenants/globex/", "target=s3://archive/"])(
    "asking for more (%s) is refused",
    async (query) => {
      const { status, body } = await service.vend(storage, await token(), query);
      expect([status, body.code]).toEqual([403, "no_grant"]);
    },
  );

  test.each([{}, { tenant: "../acme" }, { tenant: "acme/x" }, { tenant: ["acme"] }, { tenant: "*" }])(
    "a tenant that is no plain name has no folder: %j",
    async (claims) => {
      const { status, body } = await service.vend(storage, await token(claims));
      expect([status, body.code]).toEqual([403, "no_grant"]);
    },
  );
});

interface Unscoped {
  way: string;
  storage: string;
  by: string;
  inside: [bucket: string, folder: string];
  /** An object that the answer does not name but its credentials reach. */
  beyond: [bucket: string, key: string];
}

describe.each<Unscoped>([
  {
    way: "session-token",
    storage: "lake",
    by: "identity",
    inside: ["lake", "any/"],
    beyond: ["archive", "x"],
  },
  {
    way: "static",
    storage: "archive",
    by: "none",
    inside: ["archive", "cold/"],
    beyond: ["archive", "warm/x"],
  },
])("$way", ({ storage, by, inside, beyond }) => {
  test("an S3 client built from the answer alone works in the storage", async () => {
    await worksIn(client(await vend(storage)), ...inside);
  });

  test(`a client reaches beyond its target, and the answer says so: its scope is enforced by ${by}`, async () => {
    const answer = await vend(storage);
    expect(answer.ScopeEnforcedBy).toBe(by);
    expect(answer.Targets.some((target) => `s3://${beyond.join("/")}`.startsWith(target))).toBe(false);
    const s3 = client(answer);
    expect(await put(s3, ...beyond)).toBe(200);
    expect(await get(s3, ...beyond)).toBe(200);
  });

  test.each([`target=s3://${inside.join("/")}x/`, "permission=READ"])(
    "asking for less (%s) is refused, since nothing could hold the client to it",
    async (query) => {
      const { status, body } = await service.vend(storage, await token(), query);
      expect([status, body.code]).toEqual([400, "not_scopable"]);
    },
  );
});

test("session-token holds a client to the rights of the identity, and to nothing else", async () => {
  expect(await put(client(await vend("lake")), "of-somebody-else", "x")).toBe(403);
});

test("the function's own role is chained, so sessions last an hour at most, whatever the request says", async () => {
  expect(await vend("own-role", "durationSeconds=43200")).toMatchObject({
    DurationSeconds: 3_600,
    DurationCappedBy: "sts",
  });
  expect(await vend("tenants", "durationSeconds=43200")).toMatchObject({ DurationSeconds: 43_200 });
});

test("static vends the long-term key with a warning, lets it expire so that clients come back, and stores nothing", async () => {
  const rows = await service.backends.dynamodb.scan();
  const before = Date.now();
  const answer = await vend("archive", "durationSeconds=1800");
  expect(answer).toMatchObject({ Token: "", Warning: expect.stringContaining("long-term keys") });
  expect(answer.AccessKeyId).toMatch(/^AKIA/);
  const issuedAt = Date.parse(answer.Expiration) - 1_800_000;
  expect(issuedAt).toBeGreaterThanOrEqual(before);
  expect(issuedAt).toBeLessThanOrEqual(Date.now());
  expect(await vend("archive", "durationSeconds=1800")).toMatchObject({ AccessKeyId: answer.AccessKeyId });
  expect(lastRecord()).toMatchObject({ storage: "archive", cache: "none" });
  expect(await service.backends.dynamodb.scan()).toEqual(rows);
});

test.each(["", "target=s3://lake/tenants/acme/", "permission=READ"])(
  "none vends nothing (%s), but gives the address to a client with credentials of its own",
  async (query) => {
    const { status, body } = await service.vend("own-keys", await token(), query);
    expect([status, body.code]).toEqual([409, "delegation_off"]);
    expect(body).not.toHaveProperty("AccessKeyId");
    const { AccessKeyId, SecretAccessKey, Token } = await vend("tenants");
    await worksIn(
      client({ ...body, AccessKeyId, SecretAccessKey, Token }),
      body.Bucket ?? "",
      "tenants/acme/",
    );
  },
);

/** A query for two folders with random names of 800 characters. STS allows the policy's length but cannot pack it. */
function unpackable(): string {
  const name = (seed: string) =>
    createHash("shake256", { outputLength: 600 }).update(seed).digest("base64url");
  const targets = ["a", "b"].map((seed) => `target=s3://lake/tenants/acme/${name(seed)}/`);
  return [...targets, "permission=WRITE"].join("&");
}

const secondsAgo = (seconds: number) => Math.floor(Date.now() / 1_000) - seconds;

test.each<[string, string, object, string, number, string, RegExp]>([
  [
    "the wrong external id",
    "wrong-external-id",
    {},
    "",
    502,
    "storage_misconfigured",
    /AccessDenied 403; it says: .*sts:AssumeRole/,
  ],
  [
    "a role that insists on tags",
    "untagged-role",
    {},
    "",
    502,
    "storage_misconfigured",
    /AccessDenied 403; it says: .*sts:AssumeRole/,
  ],
  [
    "too much to pack",
    "tenants",
    { tenant: "acme" },
    unpackable(),
    400,
    "policy_too_large",
    /PackedPolicyTooLarge/,
  ],
  [
    "a token that ended within our tolerance",
    "web-identity",
    { tenant: "acme", exp: secondsAgo(10) },
    "permission=READ",
    403,
    "identity_not_accepted",
    /ExpiredToken.*fresh one/,
  ],
  [
    "a token for an audience that STS does not know",
    "web-identity",
    { tenant: "globex", aud: "keyvend-only" },
    "",
    403,
    "identity_not_accepted",
    /InvalidIdentityToken 400; it says: .*audience/i,
  ],
  [
    "a policy that STS cannot read",
    "unreadable-policy",
    {},
    "",
    500,
    "internal",
    /MalformedPolicyDocument 400; .*that keyvend compiled; it says: /,
  ],
])(
  "%s is refused: the caller learns a code, and the operator learns what to change",
  async (_what, storage, claims, query, status, code, reason) => {
    const refused = await service.vend(storage, await token(claims), query);
    expect(refused).toMatchObject({ status, body: { code, Code: code } });
    expect(refused.body.message).not.toMatch(/arn:|AccessDenied|Malformed|trust policy/);
    expect(lastRecord()).toMatchObject({
      decision: "refused",
      storage,
      code,
      reason: expect.stringMatching(reason),
    });
  },
);
