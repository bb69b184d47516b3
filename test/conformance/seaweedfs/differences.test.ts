/**
 * The consequences of SeaweedFS's accepted differences, so that the table's reasons are facts. A newer SeaweedFS that behaves
 * like AWS makes a test here fail. Then the table's line must go.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Backend } from "../backend.ts";
import { type Clients, createClients, fillBucket, statusOf, type TestCredentials } from "../clients.ts";
import { testedStores } from "../tested-stores.ts";
import { startSeaweedfsBackend } from "./backend.ts";
import { ensureSeaweedfs } from "./seaweedfs.ts";

const Bucket = "lake";
const keys = ["t*/x", "t${*}/x", "t1/x", "t2/x"];
const readT1 = { bucket: Bucket, prefixes: ["t1/"], permission: "READ" } as const;

let backend: Backend;
let clients: Clients;

beforeAll(async () => {
  backend = await startSeaweedfsBackend();
  clients = createClients(backend);
  await fillBucket(clients.s3(backend.operatorKey), Bucket, keys);
});
afterAll(async () => {
  clients?.destroy();
  await backend?.stop();
});

const read = (credentials: TestCredentials, Key: string) =>
  statusOf(clients.s3(credentials).send(new GetObjectCommand({ Bucket, Key })));

test("the version is the one that the documents name", async () => {
  const { stdout } = await promisify(execFile)(join(await ensureSeaweedfs(), "weed"), ["version"]);
  expect(stdout).toContain(` ${testedStores.seaweedfs.version} `);
});

test("a scope with an escaped wildcard does not reach its own prefix", async () => {
  const credentials = await clients.assumeAsOnAws({
    bucket: Bucket,
    prefixes: ["t*/"],
    permission: "READ",
  });
  expect(await read(credentials, "t*/x")).toBe(403);
  expect(await read(credentials, "t1/x")).toBe(403);
  expect(await read(credentials, "t${*}/x")).toBe(200);
});

test("an unknown key and a wrong secret are refused each by its own code", async () => {
  const unknown = { accessKeyId: "AKIANOBODY0000000000", secretAccessKey: "secret-of-nobody" };
  expect(await clients.refusalOf(unknown)).toBe("InvalidClientTokenId 403");
  expect(await clients.refusalOf({ ...backend.vendingKey, secretAccessKey: "wrong-secret" })).toBe(
    "SignatureDoesNotMatch 403",
  );
});

test("sessions outlive the key that issued them", async () => {
  const ofUser = createClients({ ...backend, vendingKey: backend.assumingKey });
  const session = await ofUser.issueScoped(readT1);
  ofUser.destroy();
  await backend.replaceKey({ accessKeyId: "AKIAANOTHERKEY000000", secretAccessKey: "another-secret" });
  expect(await clients.refusalOf(backend.assumingKey)).not.toBe("none");
  expect(await read(session, "t1/x")).toBe(200);
});
