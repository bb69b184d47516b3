/**
 * Unmodified S3 clients, each configured by its own documented settings and nothing else, with keyvend for a source of
 * credentials: on the emulation, and on Ceph's gateway.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { statusOf } from "../clients.ts";
import { allClients } from "./all-clients.ts";
import type { Working } from "./client.ts";
import { bucket, type ClientWorld, foreignKey, startWorld, usualLife } from "./world.ts";

/** The clients that the command line of `npm run conformance` names. */
const names = process.env["KEYVEND_CLIENTS"]?.split(",");
const clients = allClients.filter(({ name }) => names?.includes(name) ?? true);

/** The first session is fresh to the client for the first time, and valid for the second. The client refreshes in between. */
const freshSeconds = 2;
const lifeSeconds = 5;
/** The number of files that a command uploads, about two in a second. */
const slowFiles = 20;

/** The last pattern is a fault of the AWS CLI: it fails so if a store, such as Ceph, sends no message with a refusal. */
const refused = /access.?denied|forbidden|permission|\b403\b|argument of type 'NoneType'/i;
const buildMs = 600_000;

describe.each(["local", "ceph"] as const)("on %s", (backend) => {
  let world: ClientWorld;
  beforeAll(async () => {
    world = await startWorld(backend);
  });
  afterAll(() => world?.stop());

  const working: Working[] = [];
  afterEach(async () => {
    for (const client of working.splice(0)) await client.close();
  });

  describe.each(clients)("$name", (client) => {
    const start = async (prefix: string, life = usualLife) => {
      world.life = life;
      world.issued.length = 0;
      const started = await world.start(client, prefix);
      working.push(started);
      return started;
    };
    const prefix = `of-${client.name}/`;
    const mayWrite = backend === "ceph" || client.sendsAcl === undefined;

    test("has the version that the table names", { timeout: buildMs }, async () => {
      expect(await (await start(prefix)).version()).toBe(client.version);
    });

    test("writes, lists and reads under its prefix, and is refused outside of it", async () => {
      const s3 = await start(prefix);
      for (const [name, body] of Object.entries({ a: "first", b: "second" })) {
        const put = s3.put(`${prefix}${name}`, body);
        if (mayWrite) await put;
        else await expect(put).rejects.toThrow(refused);
        if (!mayWrite) await writeByOperator(world, `${prefix}${name}`, body);
      }
      expect(await s3.list(prefix)).toEqual([`${prefix}a`, `${prefix}b`]);
      expect(await s3.get(`${prefix}b`)).toBe("second");

      await expect(s3.get(foreignKey)).rejects.toThrow(refused);
      await expect(s3.put(foreignKey, "changed")).rejects.toThrow(refused);
      await expect(s3.list("others/")).rejects.toThrow(refused);
      expect(await readByOperator(world, foreignKey)).toBe("kept");
    });

    // A client that cannot write on AWS shows this on the store where it can.
    if (!mayWrite) return;
    test("goes on working across a refresh", async () => {
      const own = `${prefix}refresh/`;
      // If its time of refresh is not in seconds, STS states the real life of its sessions.
      const { refreshes } = client;
      const isPunctual = typeof refreshes === "number";
      const statedSeconds = isPunctual ? refreshes + freshSeconds : lifeSeconds;
      const s3 = await start(own, { statedSeconds, actualSeconds: lifeSeconds });
      if (s3.uploadSlowly === undefined) await workOn(world, s3, own);
      else await uploadSlowly(world, s3, own);

      const [first, ...later] = world.issued;
      if (first === undefined) throw new Error("It asked for no credentials.");
      // It does not refresh while its session is fresh …
      const early = later.filter(({ issuedAt }) => issuedAt < first.issuedAt + (freshSeconds - 1) * 1000);
      if (isPunctual) expect(early).toEqual([]);
      // … and refreshes after that.
      expect(later).not.toEqual([]);
      // It could not have gone on with its first session.
      const read = world.clients
        .s3(first.credentials)
        .send(new GetObjectCommand({ Bucket: bucket, Key: `${own}0` }));
      expect([400, 403]).toContain(await statusOf(read));
    });
  });
});

/** Writes and reads until the first session has been over for a while. */
async function workOn(world: ClientWorld, s3: Working, prefix: string): Promise<void> {
  let over = Number.POSITIVE_INFINITY;
  for (let beat = 0; Date.now() < over; beat++) {
    await s3.put(`${prefix}${beat % 10}`, `beat ${beat}`);
    expect(await s3.get(`${prefix}${beat % 10}`)).toBe(`beat ${beat}`);
    over = (world.issued[0]?.issuedAt ?? 0) + (lifeSeconds + 1) * 1000;
    await sleep(200);
  }
}

/** Runs one command that lasts longer than the first session. */
async function uploadSlowly(world: ClientWorld, s3: Working, prefix: string): Promise<void> {
  const folder = join(mkdtempSync(join(tmpdir(), "keyvend-upload-")), "files");
  mkdirSync(folder);
  for (let file = 0; file < slowFiles; file++)
    writeFileSync(join(folder, `${file}`), Buffer.alloc(64 * 1024, "a"));
  await s3.uploadSlowly?.(folder, prefix);
  const { KeyCount } = await world.clients
    .s3(world.backend.vendingKey)
    .send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
  expect(KeyCount).toBe(slowFiles);
  expect(Date.now()).toBeGreaterThan(
    (world.issued[0]?.issuedAt ?? Number.POSITIVE_INFINITY) + lifeSeconds * 1000,
  );
}

async function writeByOperator(world: ClientWorld, Key: string, Body: string): Promise<void> {
  const operator = world.clients.s3(world.backend.vendingKey);
  await operator.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
}

async function readByOperator(world: ClientWorld, Key: string): Promise<string | undefined> {
  const operator = world.clients.s3(world.backend.vendingKey);
  const { Body } = await operator.send(new GetObjectCommand({ Bucket: bucket, Key }));
  return Body?.transformToString();
}
