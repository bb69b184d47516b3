import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { expect } from "vitest";
import { statusOf } from "../clients.ts";
import type { Client, Working } from "./client.ts";
import type { SessionLife } from "./short-sts.ts";
import { bucket, type ClientWorld, foreignKey } from "./world.ts";

/** What is behind the client. */
type Tested = Pick<ClientWorld, "clients" | "backend" | "issued">;

/** The first session is fresh to the client for the first time, and valid for the second. The client refreshes in between. */
const usualTimes = { freshSeconds: 2, lifeSeconds: 5 };
/** For a program that takes seconds to its first operation. */
const slowTimes = { freshSeconds: 6, lifeSeconds: 16 };
/** The number of files that a command uploads, about two in a second. */
const slowFiles = 20;

/** The last pattern is a fault of the AWS CLI: it fails so if a store, such as Ceph, sends no message with a refusal. */
export const refused = /access.?denied|forbidden|permission|\b403\b|argument of type 'NoneType'/i;

/**
 * A client writes, lists and reads in a folder that it may use, and is refused outside of it.
 *
 * @param mayWrite false where the store refuses its writes, for what it sends besides
 */
export async function expectToStayInside(
  world: Tested,
  s3: Working,
  own: string,
  mayWrite = true,
): Promise<void> {
  for (const [name, body] of Object.entries({ a: "first", b: "second" })) {
    const put = s3.put(`${own}${name}`, body);
    if (mayWrite) await put;
    else await expect(put).rejects.toThrow(refused);
    if (!mayWrite) await writeByOperator(world, `${own}${name}`, body);
  }
  expect(await s3.list(own)).toEqual([`${own}a`, `${own}b`]);
  expect(await s3.get(`${own}b`)).toBe("second");

  await expect(s3.get(foreignKey)).rejects.toThrow(refused);
  await expect(s3.put(foreignKey, "changed")).rejects.toThrow(refused);
  await expect(s3.list("others/")).rejects.toThrow(refused);
  expect(await readByOperator(world, foreignKey)).toBe("kept");
}

/**
 * A client goes on working when its first session has ended, and has come back for another in its own time.
 *
 * @param start starts it, with sessions of this life
 * @param times how long its first session is fresh to it, and how long it is valid
 */
export async function expectToRefresh(
  world: Tested,
  client: Pick<Client, "refreshes" | "startsSlowly">,
  own: string,
  start: (life: SessionLife) => Promise<Working>,
  { freshSeconds, lifeSeconds } = client.startsSlowly ? slowTimes : usualTimes,
): Promise<void> {
  // If its time of refresh is not in seconds, STS states the real life of its sessions.
  const { refreshes } = client;
  const isPunctual = typeof refreshes === "number";
  const statedSeconds = isPunctual ? refreshes + freshSeconds : lifeSeconds;
  const s3 = await start({ statedSeconds, actualSeconds: lifeSeconds });
  if (s3.uploadSlowly === undefined) await workOn(world, s3, own, lifeSeconds);
  else await uploadSlowly(world, s3, own, lifeSeconds);

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
}

/** Writes and reads until the first session has been over for a while. */
async function workOn(world: Tested, s3: Working, prefix: string, lifeSeconds: number): Promise<void> {
  let over = Number.POSITIVE_INFINITY;
  for (let beat = 0; Date.now() < over; beat++) {
    await s3.put(`${prefix}${beat % 10}`, `beat ${beat}`);
    expect(await s3.get(`${prefix}${beat % 10}`)).toBe(`beat ${beat}`);
    over = (world.issued[0]?.issuedAt ?? 0) + (lifeSeconds + 1) * 1000;
    await sleep(200);
  }
}

/** Runs one command that lasts longer than the first session. */
async function uploadSlowly(world: Tested, s3: Working, prefix: string, lifeSeconds: number): Promise<void> {
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

export async function writeByOperator(world: Tested, Key: string, Body: string): Promise<void> {
  const operator = world.clients.s3(world.backend.vendingKey);
  await operator.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
}

async function readByOperator(world: Tested, Key: string): Promise<string | undefined> {
  const operator = world.clients.s3(world.backend.vendingKey);
  const { Body } = await operator.send(new GetObjectCommand({ Bucket: bucket, Key }));
  return Body?.transformToString();
}
