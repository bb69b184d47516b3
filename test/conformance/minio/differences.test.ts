/**
 * The consequences of MinIO's accepted differences, so that the table's reasons are facts. A newer MinIO that behaves like AWS
 * makes a test here fail. Then the table's line must go.
 */
import { GetObjectCommand, PutBucketVersioningCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clients, createClients, fillBucket, statusOf, type TestCredentials } from "../clients.ts";
import { readRecipe } from "../recipe.ts";
import { type MinioBackend, startMinioBackend } from "./backend.ts";

const Bucket = "lake";
const keys = ["t*/x", "t${*}/x", "t1/x", "t2/x", "日本🪣/x", "日木🪣/x"];
const readT1 = { bucket: Bucket, prefixes: ["t1/"], permission: "READ" } as const;

let backend: MinioBackend;
let clients: Clients;

beforeAll(async () => {
  backend = await startMinioBackend();
  clients = createClients(backend);
  await fillBucket(clients.s3(backend.operatorKey), Bucket, keys);
});
afterAll(async () => {
  clients?.destroy();
  await backend?.stop();
});

const read = (credentials: TestCredentials, Key: string, VersionId?: string) =>
  statusOf(clients.s3(credentials).send(new GetObjectCommand({ Bucket, Key, VersionId })));

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

test("a scope with characters beyond U+00FF reaches itself, and not its sibling", async () => {
  const scope = { bucket: Bucket, prefixes: ["日本🪣/"], permission: "READ" } as const;
  const credentials = await clients.issueScoped(scope);
  expect(await read(credentials, "日本🪣/x")).toBe(200);
  expect(await read(credentials, "日木🪣/x")).toBe(403);
});

test("a READ session reads old versions, unless its user has the policy of the recipe", async () => {
  const operator = clients.s3(backend.operatorKey);
  await operator.send(
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }),
  );
  const put = (Key: string, Body: string) => operator.send(new PutObjectCommand({ Bucket, Key, Body }));
  const { VersionId } = await put("t1/x", "old");
  await put("t1/x", "new");
  const { VersionId: outside } = await put("t2/x", "old");
  const reader = await clients.issueScoped(readT1);
  expect(await read(reader, "t1/x", VersionId)).toBe(200);
  expect(await read(reader, "t2/x", outside)).toBe(403);

  await backend.attachPolicy(readRecipe("minio", new Map()).block("json", "s3:versionid"));
  expect(await read(reader, "t1/x", VersionId)).toBe(403);
  expect(await read(reader, "t1/x")).toBe(200);
});

test("STS refuses a key that the console makes for the same user", async () => {
  const key = { accessKeyId: "console-key", secretAccessKey: "secret-of-the-console" };
  const pair = ["--access-key", key.accessKeyId, "--secret-key", key.secretAccessKey];
  await backend.mc("admin", "accesskey", "create", "store/", backend.vendingKey.accessKeyId, ...pair);
  expect(await read(key, "t1/x")).toBe(200);
  expect(await clients.refusalOf(key)).toBe("AccessDenied 403");
});

test("an unknown key and a wrong secret are refused in the same words as a right that is missing", async () => {
  const unknown = { accessKeyId: "nobody", secretAccessKey: "secret-of-nobody" };
  expect(await clients.refusalOf(unknown)).toBe("AccessDenied 403");
  expect(await clients.refusalOf({ ...backend.vendingKey, secretAccessKey: "wrong-secret" })).toBe(
    "AccessDenied 403",
  );
});

test("sessions outlive the secret of their user, and end at once with the user", async () => {
  const ofUser = createClients({ ...backend, vendingKey: backend.assumingKey });
  const session = await ofUser.issueScoped(readT1);
  ofUser.destroy();
  await backend.replaceKey({ ...backend.assumingKey, secretAccessKey: "another-secret" });
  expect(await read(session, "t1/x")).toBe(200);
  await backend.replaceKey({ accessKeyId: "another-user", secretAccessKey: "another-secret" });
  expect(await read(session, "t1/x")).toBe(403);
});
