/**
 * The main job against a real S3 with a real GetSessionToken. The long-term key stays in Secrets Manager, and a client
 * with a URL and an identity token works with the credentials that it is vended.
 */
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { comeBack } from "../../../infra/local/come-back.ts";
import { s3Config, type VendingOptions } from "../../../shared/client/src/index.ts";
import type { CredentialsAnswer } from "../../../shared/contract.ts";
import type { Backend } from "../backend.ts";
import { type Clients, createClients, statusOf, type TestCredentials } from "../clients.ts";
import { type Stack, startStack, usualStorages } from "../stack.ts";
import { startCephBackend } from "./backend.ts";

const Bucket = "lake";
const ownObject = { Bucket, Key: "t1/kept" };
const siblings = { Bucket, Key: "t10/kept" };

let backend: Backend;
let clients: Clients;
let stack: Stack;

beforeAll(async () => {
  backend = await startCephBackend();
  clients = createClients(backend);
  const keyvend = clients.s3(backend.vendingKey);
  await keyvend.send(new CreateBucketCommand({ Bucket }));
  for (const object of [ownObject, siblings])
    await keyvend.send(new PutObjectCommand({ ...object, Body: "kept" }));
  stack = await startStack(usualStorages(backend, Bucket));
});
afterAll(async () => {
  await stack?.close();
  clients?.destroy();
  await backend?.stop();
});

const made: S3Client[] = [];
afterEach(() => {
  for (const client of made.splice(0)) client.destroy();
});

/** An S3 client that is configured only by the service's answer. */
async function vendedS3(
  options: Pick<VendingOptions, "storage" | "target" | "permission">,
): Promise<S3Client> {
  const client = new S3Client(await s3Config({ url: stack.url, token: () => stack.token(), ...options }));
  made.push(client);
  return client;
}

async function vend(path: string): Promise<{ status: number; text: string }> {
  const headers = { Authorization: await stack.token() };
  const response = await comeBack(() => fetch(`${stack.url}/v1/storages/${path}`, { headers }));
  return { status: response.status, text: await response.text() };
}

async function vendedCredentials(path: string): Promise<TestCredentials> {
  const { AccessKeyId, SecretAccessKey, Token }: CredentialsAnswer = JSON.parse((await vend(path)).text);
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token };
}

const read = (s3: S3Client) => statusOf(s3.send(new GetObjectCommand(ownObject)));

test("a client with a URL and a token puts, lists and gets", async () => {
  const s3 = await vendedS3({ storage: "lake" });
  const Key = "t1/of the client";
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: "hello" }));
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: "t1/" }));
  expect(Contents.map((object) => object.Key)).toEqual([ownObject.Key, Key]);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  expect(await Body?.transformToString()).toBe("hello");
});

test("the answer does not hold the long-term key, and the second time it comes from the cache", async () => {
  const { text } = await vend("lake/credentials");
  expect(text).not.toContain(backend.vendingKey.accessKeyId);
  expect(text).not.toContain(backend.vendingKey.secretAccessKey);
  expect((await vend("lake/credentials")).text).toBe(text);
});

test("vended credentials are refused if their token was changed", async () => {
  const credentials = await vendedCredentials("lake/credentials");
  expect(await read(clients.s3(credentials))).toBe(200);
  const tampered = `${credentials.sessionToken?.startsWith("A") ? "B" : "A"}${credentials.sessionToken?.slice(1)}`;
  expect([400, 403]).toContain(await read(clients.s3({ ...credentials, sessionToken: tampered })));
});

test("vended credentials are refused once they have expired, and not before", async () => {
  const long = await vendedCredentials("lake/credentials?durationSeconds=3600");
  expect(await read(clients.aheadS3(long))).toBe(200);
  const short = await vendedCredentials("lake/credentials?durationSeconds=1800");
  expect(await read(clients.s3(short))).toBe(200);
  expect([400, 403]).toContain(await read(clients.aheadS3(short)));
});

test("a request for a smaller scope gets credentials of that scope", async () => {
  const s3 = await vendedS3({ storage: "tenants", target: "s3://lake/t1/", permission: "READ" });
  expect(await read(s3)).toBe(200);
  expect(await statusOf(s3.send(new PutObjectCommand({ ...ownObject, Body: "changed" })))).toBe(403);
  expect(await statusOf(s3.send(new GetObjectCommand(siblings)))).toBe(403);
});

test("a scope that this store cannot enforce is not vended", async () => {
  const { status, text } = await vend(`tenants/credentials?target=${encodeURIComponent("s3://lake/t*/")}`);
  expect(status).toBe(400);
  expect(JSON.parse(text)).toMatchObject({ code: "not_scopable" });
});
