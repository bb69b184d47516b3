import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseConfig } from "../../infra/config/parse-config.ts";
import type { ExpectedIam } from "../../infra/iam/expected.ts";
import { expectedIam } from "../../infra/iam/expected-iam.ts";
import { scriptOf } from "../../infra/iam/script/script.ts";
import { comeBack } from "../../infra/local/come-back.ts";
import { s3Config } from "../../shared/client/src/index.ts";
import type { BackendKey } from "./backend.ts";
import { statusOf } from "./clients.ts";
import { type Stack, startStack } from "./stack.ts";

/** A store with a bucket's owner and nothing else. */
interface BareStore {
  endpoint: string;
  region: string;
  operatorKey: BackendKey;
  /** The variables with which an operator runs the script. */
  operatorEnvironment: Record<string, string>;
  /** What the operator types. */
  input?: string;
  /** Storages beside the usual one, on the same bucket. */
  moreStorages: Record<string, object>;
  roleArn: string;
  /** The key of a user that the script has made, in the folder in which it ran. */
  keyOf(user: string, folder: string): Promise<BackendKey> | BackendKey;
  stop(): Promise<void>;
}

const Bucket = "lake";
const setting = { stage: "prod", region: "eu-central-1" };

/**
 * An operator runs the generated script at a store, and then keyvend vends by what it made. What is beside the grants is refused, to
 * the users and roles themselves as well.
 */
export function iamSuite(store: string, start: () => Promise<BareStore>): void {
  let backend: BareStore;
  let folder: string;
  let stack: Stack;
  let iam: ExpectedIam;
  const keys: Record<string, BackendKey> = {};
  const clients: { destroy(): void }[] = [];

  const document = (issuer: string) => {
    const { endpoint, region, roleArn, moreStorages } = backend;
    const place = { bucket: `s3://${Bucket}/w`, region, endpoint, store };
    const byRole = { issue: "assume-role", stsEndpoint: endpoint, roleArn, maxDurationSeconds: 43_200 };
    const storages: Record<string, object> = { lake: { ...byRole, secret: "a/lake" }, ...moreStorages };
    const grant = { issuer: "local", subject: "*", permission: "READWRITE" };
    return {
      issuers: { local: { issuer, audience: "keyvend" } },
      storages: Object.fromEntries(
        Object.entries(storages).map(([name, storage]) => [name, { ...place, ...storage }]),
      ),
      grants: [
        { ...grant, name: "raw", storage: "lake", prefix: "raw/", maxDurationSeconds: 43_200 },
        { ...grant, name: "out", storage: "lake", prefix: "out/${claims.team}/", permission: "WRITE" },
        ...Object.keys(moreStorages).map((storage) => ({ ...grant, name: storage, storage })),
      ],
    };
  };
  const s3 = (credentials: BackendKey) => {
    const { endpoint, region } = backend;
    const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials, maxAttempts: 1 });
    clients.push(client);
    return client;
  };
  const vended = async (storage: string, permission: "READWRITE" | "WRITE" = "READWRITE") => {
    const target = permission === "WRITE" ? [`s3://${Bucket}/w/out/data/`] : [];
    const options = { storage, ...(storage === "lake" && { permission, target }) };
    const config = await s3Config({ url: stack.url, token: () => stack.token({ team: "data" }), ...options });
    const client = new S3Client({ ...config, maxAttempts: 1 });
    clients.push(client);
    return client;
  };

  beforeAll(async () => {
    backend = await start();
    folder = mkdtempSync(join(tmpdir(), "keyvend-iam-"));
    mkdirSync(join(folder, "run"));
    const operator = s3(backend.operatorKey);
    await operator.send(new CreateBucketCommand({ Bucket }));
    for (const Key of ["w/raw/kept", "w/other/kept", "w/out/kept/x"])
      await operator.send(new PutObjectCommand({ Bucket, Key, Body: "kept" }));
    const [made] = expectedIam(parseConfig(document("https://login.example.com")), setting);
    iam = made ?? expect.unreachable();
    const script = scriptOf([iam], setting);
    const where = { cwd: join(folder, "run"), env: backend.operatorEnvironment };
    // It may be run again.
    for (const _ of [1, 2]) {
      const running = promisify(execFile)("sh", ["-c", script], where);
      running.child.stdin?.end(backend.input ?? "");
      await running;
    }
    for (const { name, secret } of iam.users) keys[secret] = await backend.keyOf(name, where.cwd);
    stack = await startStack({ region: backend.region, keys, vending: document });
  });
  afterAll(async () => {
    for (const client of clients) client.destroy();
    await stack?.close();
    await backend?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  const put = (client: S3Client, Key: string) =>
    statusOf(client.send(new PutObjectCommand({ Bucket, Key, Body: "x" })));
  const get = (client: S3Client, Key: string) => statusOf(client.send(new GetObjectCommand({ Bucket, Key })));
  const list = (client: S3Client, Prefix: string) =>
    statusOf(client.send(new ListObjectsV2Command({ Bucket, Prefix })));

  test("what the script made vends, for twelve hours and within the scope", async () => {
    const headers = { Authorization: await stack.token() };
    const target = encodeURIComponent(`s3://${Bucket}/w/raw/`);
    const url = `${stack.url}/v1/storages/lake/credentials?target=${target}&durationSeconds=43200`;
    const response = await comeBack(() => fetch(url, { headers }));
    const { Expiration } = (await response.json()) as { Expiration: string };
    expect(Date.parse(Expiration) - Date.now()).toBeGreaterThan(43_000_000);

    const options = { storage: "lake", target: `s3://${Bucket}/w/raw/` };
    const client = new S3Client(await s3Config({ url: stack.url, token: () => stack.token(), ...options }));
    clients.push(client);
    expect(await put(client, "w/raw/x")).toBe(200);
    expect(await get(client, "w/raw/kept")).toBe(200);
    expect(await list(client, "w/raw/")).toBe(200);
    for (const key of ["w/other/kept", "w/raw2/x", "raw/x"]) {
      expect(await put(client, key), key).toBe(403);
      expect(await get(client, key), key).toBe(403);
    }
    expect(await list(client, "w/")).toBe(403);
  });

  test("a template's folders are written, and not read", async () => {
    const client = await vended("lake", "WRITE");
    expect(await put(client, "w/out/data/x")).toBe(200);
    expect(await get(client, "w/out/data/x")).toBe(403);
    expect(await put(client, "w/out/other/x")).toBe(403);
  });

  test("the other storages vend their whole, and nothing beside it", async () => {
    for (const storage of Object.keys(backend.moreStorages)) {
      const client = await vended(storage);
      expect(await put(client, "w/any/x"), storage).toBe(200);
      expect(await get(client, "w/other/kept"), storage).toBe(200);
      expect(await put(client, "elsewhere/x"), storage).toBe(403);
    }
  });

  test("the user, and its role without a policy, have no more than the grants", async () => {
    const { endpoint, region, roleArn } = backend;
    const credentials = keys["a/lake"] ?? expect.unreachable();
    const sts = new STSClient({ endpoint, region, credentials, maxAttempts: 1 });
    clients.push(sts);
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "whole" }),
    );
    const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = Credentials ?? {};
    const whole = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    for (const client of [s3(credentials), s3(whole)]) {
      expect(await put(client, "w/other/x")).toBe(403);
      expect(await get(client, "w/other/kept")).toBe(403);
      expect(await get(client, "w/out/kept/x")).toBe(403);
      expect(await list(client, "")).toBe(403);
    }
    expect(await put(s3(whole), "w/out/any/x")).toBe(200);
  });
}
