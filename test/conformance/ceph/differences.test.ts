/**
 * The consequences of Ceph's accepted differences, so that the table's reasons are facts. A newer gateway that behaves like
 * AWS makes a test here fail. Then the table's line must go.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { DeleteObjectsCommand, GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  asCredentials,
  type Clients,
  createClients,
  fillBucket,
  statusOf,
  type TestCredentials,
} from "../clients.ts";
import { testedStores } from "../tested-stores.ts";
import { type CephBackend, startCephBackend, trustIn } from "./backend.ts";

const Bucket = "lake";
const keys = ["team/t1/x", "team/t2/x", "elsewhere/x", "t*/x", "t${*}/x", "t${other}/x", "t1/x"];

let backend: CephBackend;
let clients: Clients;
let operator: S3Client;

beforeAll(async () => {
  backend = await startCephBackend();
  clients = createClients(backend);
  operator = clients.s3(backend.operatorKey);
  await fillBucket(operator, Bucket, keys);
});
afterAll(async () => {
  clients?.destroy();
  await backend?.stop();
});

const read = (credentials: TestCredentials, Key: string) =>
  statusOf(clients.s3(credentials).send(new GetObjectCommand({ Bucket, Key })));

test("the version is the one that the documents name", async () => {
  const { stdout } = await promisify(execFile)("radosgw", ["--version"]);
  expect(stdout).toContain(`ceph version ${testedStores.ceph.version} `);
});

test("a scope with an escaped wildcard does not reach its own prefix, but reaches names that hold ${…}", async () => {
  const credentials = await clients.assumeAsOnAws({
    bucket: Bucket,
    prefixes: ["t*/"],
    permission: "READ",
  });
  expect(await read(credentials, "t*/x")).toBe(403);
  expect(await read(credentials, "t1/x")).toBe(403);
  expect(await read(credentials, "t${*}/x")).toBe(200);
  expect(await read(credentials, "t${other}/x")).toBe(200);
});

test("a changed token loses its session policy, and only its role's policy limits it", async () => {
  const roleArn = await backend.createRole("team", {
    Action: "s3:*",
    Resource: `arn:aws:s3:::${Bucket}/team/*`,
  });
  const ofTeam = createClients({ ...backend, roleArn });
  const scope = { bucket: Bucket, prefixes: ["team/t1/"], permission: "READ" } as const;
  const credentials = await ofTeam.issueScoped(scope);
  ofTeam.destroy();
  expect(await read(credentials, "team/t1/x")).toBe(200);
  expect(await read(credentials, "team/t2/x")).toBe(403);

  const changed = withoutPolicy(credentials);
  expect(await read(changed, "team/t2/x")).toBe(200);
  expect(await read(changed, "elsewhere/x")).toBe(403);
});

test("an external id is of no account: any is taken, and a trust policy that asks for one lets nobody in", async () => {
  const all = { Action: "s3:*", Resource: "*" };
  const trusted = trustIn("arn:aws:iam:::user/keyvend");
  const asking = { ...trusted, Condition: { StringEquals: { "sts:ExternalId": "right" } } };
  const roles = {
    plain: await backend.createRole("plain", all, [trusted]),
    asking: await backend.createRole("asking", all, [asking]),
  };
  const assume = (RoleArn: string, ExternalId: string) =>
    statusOf(
      clients
        .sts(backend.vendingKey)
        .send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "external", ExternalId })),
    );
  expect(await assume(roles.plain, "any")).toBe(200);
  expect(await assume(roles.asking, "right")).toBe(403);
});

test("a session passes for the user that assumed its role, except where a trust policy denies its role", async () => {
  const all = { Action: "s3:*", Resource: "*" };
  const trusting = await backend.createRole("trusting", all, [trustIn("arn:aws:iam:::user/keyvend")]);
  const denying = await backend.createRole("denying", all);
  const scope = { bucket: Bucket, prefixes: ["team/t1/"], permission: "READ" } as const;
  const sts = clients.sts(await clients.issueScoped(scope));
  const assume = (RoleArn: string) => sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "more" }));
  expect(await statusOf(assume(denying))).toBe(403);
  expect(await read(asCredentials((await assume(trusting)).Credentials), "elsewhere/x")).toBe(200);
});

test("a writer makes an object public by an ACL in its PutObject", async () => {
  const scope = { bucket: Bucket, prefixes: ["team/t1/"], permission: "WRITE" } as const;
  const writer = clients.s3(await clients.issueScoped(scope));
  const Key = "team/t1/public";
  await writer.send(new PutObjectCommand({ Bucket, Key, Body: "content", ACL: "public-read" }));
  expect((await fetch(`${backend.s3Endpoint}/${Bucket}/${Key}`)).status).toBe(200);
});

test("a request that deletes several objects is refused, even inside the scope", async () => {
  const writer = clients.s3(
    await clients.issueScoped({ bucket: Bucket, prefixes: ["team/t1/"], permission: "WRITE" }),
  );
  const Delete = { Objects: [{ Key: "team/t1/x" }] };
  expect(await statusOf(writer.send(new DeleteObjectsCommand({ Bucket, Delete })))).toBe(403);
});

test("the answer for a missing key outside the scope says that it is missing", async () => {
  const scope = { bucket: Bucket, prefixes: ["team/t1/"], permission: "READ" } as const;
  const credentials = await clients.issueScoped(scope);
  expect(await read(credentials, "elsewhere/x")).toBe(403);
  expect(await read(credentials, "elsewhere/missing")).toBe(404);
});

/** The same credentials with one byte changed at a third of the token, which is within its policy. */
function withoutPolicy(credentials: TestCredentials): TestCredentials {
  const token = Buffer.from(credentials.sessionToken ?? "", "base64");
  const at = Math.floor(token.length / 3);
  token[at] = (token[at] ?? 0) ^ 1;
  return { ...credentials, sessionToken: token.toString("base64") };
}
