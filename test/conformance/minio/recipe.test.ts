/** The recipe for MinIO as it is written: a server with TLS by a private authority, and the whole keyvend. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { AssumeRoleCommand, AssumeRoleWithWebIdentityCommand } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { selfSigned } from "../../net/self-signed.ts";
import { type Clients, createClients, statusOf, type TestCredentials } from "../clients.ts";
import { type Recipe, readRecipe } from "../recipe.ts";
import { type Stack, startStack } from "../stack.ts";
import { vended } from "../vended.ts";
import { type Minio, startMinio } from "./minio.ts";

const tls = selfSigned("minio.example.com");
const usual = getCACertificates("default");
const vendingKey = { accessKeyId: "keyvend-lake", secretAccessKey: "the first secret".replaceAll(" ", "+") };
const newKey = { ...vendingKey, secretAccessKey: "another secret".replaceAll(" ", "+") };
const claims = { repository_id: "123456789", ref: "refs/heads/main" };
const Bucket = "lake";
const inside = { Bucket, Key: "warehouse/raw/x" };
const outside = { Bucket, Key: "warehouse/other/x" };

let folder: string;
let recipe: Recipe;
let minio: Minio;
let roleArn: string;
let clients: Clients;
let stack: Stack;

/** Follows the recipe, and gives the configuration that it ends with, for both ways. */
async function follow(issuer: string): Promise<object> {
  const hosts = new Map([["https://token.actions.githubusercontent.com", issuer]]);
  const environment = { PATH: process.env["PATH"] ?? "", HOME: folder };
  const settings = await readRecipe("minio", hosts).run("OPENID", { cwd: folder, env: environment });
  const ofMinio = [...settings].filter(([name]) => name.startsWith("MINIO_"));
  minio = await startMinio({ tls, environment: Object.fromEntries(ofMinio) });
  recipe = readRecipe("minio", hosts.set("https://minio.example.com", minio.endpoint));

  writeFileSync(join(folder, "lake.json"), recipe.block("json", "Statement"));
  const env = { ...minio.clientEnvironment, SECRET_KEY: vendingKey.secretAccessKey };
  await recipe.run("policy create", { cwd: folder, env });
  const configuration = parse(recipe.block("yaml", "storages:"));
  const { lake } = configuration.storages;
  clients = createClients({
    name: "minio",
    s3Endpoint: lake.endpoint,
    stsEndpoint: lake.stsEndpoint,
    aheadS3Endpoint: minio.aheadEndpoint,
    region: lake.region,
    policySetting: { partition: "aws", region: lake.region, stsEndpoint: lake.stsEndpoint },
    operatorKey: minio.rootKey,
    vendingKey,
    roleArn: lake.roleArn,
    replaceKey: () => expect.fail("The recipe has its own way."),
    stop: minio.stop,
  });
  await clients.s3(minio.rootKey).send(new CreateBucketCommand({ Bucket }));

  const { secret: _, ...place } = lake;
  const providers: { name: string; roleARN: string }[] = JSON.parse(
    await minio.mc(...recipe.block("sh", "openid ls").trim().split(" ").slice(1)),
  );
  roleArn = providers.find(({ name }) => name === "LAKE")?.roleARN ?? "";
  return {
    ...configuration,
    caBundle: tls.cert,
    issuers: { github: { issuer, audience: "keyvend" } },
    storages: { lake, web: { ...place, issue: "web-identity", roleArn } },
    grants: [...configuration.grants, { ...configuration.grants[0], name: "web", storage: "web" }],
  };
}

beforeAll(async () => {
  setDefaultCACertificates([...usual, tls.cert]);
  folder = mkdtempSync(join(tmpdir(), "keyvend-recipe-"));
  stack = await startStack({ region: "eu-central-1", vendingKey }, follow);
});
afterAll(async () => {
  await stack?.close();
  clients?.destroy();
  await minio?.stop();
  rmSync(folder, { recursive: true, force: true });
  setDefaultCACertificates(usual);
});

async function credentials(storage: string, query?: string): Promise<TestCredentials> {
  const answer = await vended(stack.url, await stack.token(claims), storage, query);
  return typeof answer === "string" ? expect.fail(answer) : answer;
}
const write = (holder: TestCredentials, at: typeof inside) =>
  statusOf(clients.s3(holder).send(new PutObjectCommand({ ...at, Body: "content" })));
const read = (holder: TestCredentials, at: typeof inside & { VersionId?: string }) =>
  statusOf(clients.s3(holder).send(new GetObjectCommand(at)));

test.each(["lake", "web"])(
  "credentials of %s write and read their folder and nothing else",
  async (storage) => {
    const holder = await credentials(storage);
    expect(await write(holder, inside)).toBe(200);
    expect(await read(holder, inside)).toBe(200);
    expect(await write(holder, outside)).toBe(403);
  },
);

test("a session by web identity gets nothing more from STS, and its caller's token all of the role's policy", async () => {
  await clients.s3(minio.rootKey).send(new PutObjectCommand({ ...outside, Body: "content" }));
  const sts = clients.sts(await credentials("web"));
  const more = sts.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "more" }));
  expect(await statusOf(more)).toBe(403);
  const WebIdentityToken = await stack.token(claims);
  const direct = { RoleArn: roleArn, RoleSessionName: "direct", WebIdentityToken };
  const { Credentials } = await sts.send(new AssumeRoleWithWebIdentityCommand(direct));
  const all = {
    accessKeyId: Credentials?.AccessKeyId ?? "",
    secretAccessKey: Credentials?.SecretAccessKey ?? "",
    sessionToken: Credentials?.SessionToken ?? "",
  };
  expect(await read(all, outside)).toBe(200);
});

test("a READ session reads what is there and no old version", async () => {
  const root = clients.s3(minio.rootKey);
  await root.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
  const { VersionId = "" } = await root.send(new PutObjectCommand({ ...inside, Body: "old" }));
  await root.send(new PutObjectCommand({ ...inside, Body: "new" }));
  const reader = await credentials("lake", "permission=READ");
  expect(await read(reader, inside)).toBe(200);
  expect(await read(reader, { ...inside, VersionId })).toBe(403);
  expect(await read(minio.rootKey, { ...inside, VersionId })).toBe(200);
});

test("a key that the console makes is refused by STS", async () => {
  const key = { accessKeyId: "console-key", secretAccessKey: "secret-of-the-console" };
  const pair = ["--access-key", key.accessKeyId, "--secret-key", key.secretAccessKey];
  await minio.mc("admin", "accesskey", "create", "store/", vendingKey.accessKeyId, ...pair);
  await clients.s3(minio.rootKey).send(new PutObjectCommand({ ...inside, Body: "content" }));
  expect(await read(key, inside)).toBe(200);
  const call = clients.sts(key).send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "console" }));
  await expect(call).rejects.toMatchObject({ name: "AccessDenied" });
});

test("the same user gets another secret: earlier sessions go on, and new ones are issued", async () => {
  const earlier = await credentials("lake");
  const env = { ...minio.clientEnvironment, NEW_SECRET_KEY: newKey.secretAccessKey };
  await recipe.run("$NEW_SECRET_KEY", { cwd: folder, env });
  await stack.putKey(newKey);
  expect(await read(earlier, inside)).toBe(200);
  const later = await credentials("lake", `target=${encodeURIComponent("s3://lake/warehouse/raw/later/")}`);
  expect(await write(later, { Bucket, Key: "warehouse/raw/later/x" })).toBe(200);
});
