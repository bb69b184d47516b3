import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { s3Config, VendingError } from "../../shared/client/src/index.ts";
import { invoke } from "./api.ts";
import { aheadMs } from "./backends.ts";
import { startEmulation } from "./emulation.ts";
import { localClientKey } from "./local-client-key.ts";
import { localToken } from "./local-token.ts";
import { basePort, type LocalPorts, localPorts } from "./ports.ts";

// `npm run demo`: the main job, step by step. It uses a running `npm start`, or starts an emulation of its own.

const bucket = "lake";
const key = "demo/hello.txt";

let steps = 0;

try {
  const { values } = parseArgs({ options: { port: { type: "string" } } });
  const ports = localPorts(basePort(values.port, process.env));
  const emulation = (await isUp(ports)) ? undefined : await startEmulation(ports, () => {});
  try {
    await demo(ports);
  } finally {
    await emulation?.close();
  }
} catch (error) {
  console.error(`The demo failed: ${(error as Error).message}`);
  process.exitCode = 1;
}

function step(title: string): void {
  console.log(`\n${++steps}. ${title}`);
}

function say(line: string): void {
  console.log(`   ${line}`);
}

/** Enough of a key id to tell two of them apart. */
function shortForm(accessKeyId: string): string {
  return `${accessKeyId.slice(0, 4)}…${accessKeyId.slice(-4)}`;
}

async function demo(ports: LocalPorts): Promise<void> {
  const url = `http://127.0.0.1:${ports.api}`;
  const token = await localToken(ports.issuer);

  step("Vend: a URL and an identity token are enough to configure an S3 client");
  const config = await s3Config({ url, storage: "lake", token });
  const first = await config.credentials();
  say(`endpoint ${config.endpoint}, region ${config.region}, path style ${config.forcePathStyle}`);
  say(`session ${shortForm(first.accessKeyId)}, until ${first.expiration.toISOString()}`);

  step("Use: the S3 client puts, lists and gets an object");
  const s3 = new S3Client(config);
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: "hello" }));
  const { Contents: objects = [] } = await s3.send(
    new ListObjectsV2Command({ Bucket: bucket, Prefix: "demo/" }),
  );
  say(`listed ${objects.map((object) => object.Key).join(", ")}`);
  say(`got "${await read(s3)}"`);

  step("Share: another client of the same scope gets the session from the cache, without a call to STS");
  const other = await (await s3Config({ url, storage: "lake", token })).credentials();
  assert.equal(other.accessKeyId, first.accessKeyId);
  say(`session ${shortForm(other.accessKeyId)} again`);

  step("Warm: the warmer issues sessions in use again ahead of need, here an hour ahead");
  say(JSON.stringify(await invoke(ports.lambda, "warm", { aheadSeconds: 3_600 })));

  step("Refresh: the same S3 client goes on with the new session");
  // The function answers from its own memory for this long.
  await sleep(5_000);
  const fresh = await config.credentials({ forceRefresh: true });
  assert.notEqual(fresh.accessKeyId, first.accessKeyId);
  say(`session ${shortForm(fresh.accessKeyId)}, got "${await read(s3)}"`);

  step("Scope: a tenant's credentials reach its own folder, and not its neighbour's");
  const [acme, globex] = [await tenantS3(url, ports, "acme"), await tenantS3(url, ports, "globex")];
  for (const { s3: own, folder } of [acme, globex]) {
    const object = { Bucket: bucket, Key: `${folder}hello.txt`, Body: `hello from ${folder}` };
    await own.send(new PutObjectCommand(object));
  }
  say(`acme got "${await read(acme.s3, `${acme.folder}hello.txt`)}"`);
  say(`${globex.folder} to acme: ${await refusal(read(acme.s3, `${globex.folder}hello.txt`))}`);

  step("Assume: a client that only knows STS asks the same service for a role");
  const assumed = await assumeRole(url, "arn:aws:iam::000000000000:role/keyvend/tenants/READ");
  say(
    `session ${shortForm(assumed.accessKeyId)} got "${await read(new S3Client({ ...config, credentials: assumed }), `${acme.folder}hello.txt`)}"`,
  );

  step("Refuse: a tampered identity token");
  const tampered = `${token.slice(0, -8)}AAAAAAAA`;
  say(await refusal(s3Config({ url, storage: "lake", token: tampered })));

  step("Refuse: a tampered session token");
  const sessionToken = `AAAA${fresh.sessionToken?.slice(4)}`;
  say(await refusal(read(new S3Client({ ...config, credentials: { ...fresh, sessionToken } }))));

  step("Refuse: an expired session, at an S3 whose clock is ahead");
  const late: S3ClientConfig = {
    ...config,
    credentials: fresh,
    endpoint: `http://127.0.0.1:${ports.s3Ahead}`,
  };
  say(await refusal(read(new S3Client({ ...late, systemClockOffset: aheadMs }))));
  for (const client of [s3, acme.s3, globex.s3]) client.destroy();
}

/** The S3 client of a tenant of the storage `tenants`, which has a token with its name and nothing else. */
async function tenantS3(url: string, ports: LocalPorts, tenant: string) {
  const token = await localToken(ports.issuer, { sub: `${tenant}-loader`, tenant });
  return {
    s3: new S3Client(await s3Config({ url, storage: "tenants", token })),
    folder: `tenants/${tenant}/`,
  };
}

/** What a client of STS gets for the emulation's client key. */
async function assumeRole(url: string, RoleArn: string) {
  const { id: accessKeyId, secret: secretAccessKey } = await localClientKey();
  const credentials = { accessKeyId, secretAccessKey };
  const sts = new STSClient({ endpoint: url, region: "us-east-1", credentials });
  const { Credentials: vended } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "demo" }));
  sts.destroy();
  assert(vended?.AccessKeyId && vended.SecretAccessKey && vended.SessionToken);
  return {
    accessKeyId: vended.AccessKeyId,
    secretAccessKey: vended.SecretAccessKey,
    sessionToken: vended.SessionToken,
  };
}

async function read(s3: S3Client, objectKey = key): Promise<string> {
  const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: objectKey }));
  return (await body?.transformToString()) ?? "";
}

/** The refusal of an attempt, in one line. If the attempt succeeds, the demo fails. */
async function refusal(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof VendingError) return `refused: ${error.status} ${error.code}`;
    const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } };
    if ($metadata?.httpStatusCode !== undefined) return `refused: ${$metadata.httpStatusCode} ${name}`;
    throw error;
  }
  throw new Error("an attempt that should have been refused succeeded");
}

async function isUp({ api }: LocalPorts): Promise<boolean> {
  return fetch(`http://127.0.0.1:${api}/v1/storages`).then(
    (response) => response.status === 401,
    () => false,
  );
}
