import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { BackendName } from "../backend.ts";
import { statusOf } from "../clients.ts";
import type { Client, Working } from "./client.ts";
import { bucket, type ClientWorld, foreignKey, startWorld, usualLife } from "./world.ts";

/** The names that the command line of `npm run conformance` has. */
const names = process.env["KEYVEND_CLIENTS"]?.split(",");

/** The first session is fresh to the client for the first time, and valid for the second. The client refreshes in between. */
const usualTimes = { freshSeconds: 2, lifeSeconds: 5 };
/** For a program that takes seconds to its first operation. */
const slowTimes = { freshSeconds: 6, lifeSeconds: 16 };
/** The number of files that a command uploads, about two in a second. */
const slowFiles = 20;

/** The last pattern is a fault of the AWS CLI: it fails so if a store, such as Ceph, sends no message with a refusal. */
export const refused = /access.?denied|forbidden|permission|\b403\b|argument of type 'NoneType'/i;
/** By the emulation, by Ceph, and by Iceberg itself. */
const refusedWithoutToken = /token is malformed|session-token not set|\b403\b/i;
const buildMs = 600_000;
/** Some SDKs do not read `Retry-After`, which says 8 s. */
const triedAgainMs = 3_000;

/** A client in a test that is running: what it is started with, and where. */
interface UnderTest<Started extends Working> {
  world: ClientWorld;
  /** Starts it with credentials for one prefix. It ends with the test. */
  start(prefix: string): Promise<Started>;
  /** The same, and the grant adds the scope's own folder. */
  startWithFolder(prefix: string): Promise<Started>;
}

/**
 * What every client is held to, on the emulation and on Ceph's gateway.
 *
 * @param more tests of a kind of client; they find the client under test in what `underTest` gives
 */
export function testClients<Started extends Working, Each extends Client<Started>>(
  all: readonly Each[],
  more: (client: Each, underTest: () => UnderTest<Started>, backend: BackendName) => void = () => undefined,
): void {
  const clients = all.filter(({ name }) => names?.includes(name) ?? true);
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
      const ending = async (starting: Promise<Started>) => {
        const started = await starting;
        working.push(started);
        return started;
      };
      const start = (prefix: string, life = usualLife, storage = "tenants") => {
        world.life = life;
        world.issued.length = 0;
        return ending(world.start(client, prefix, storage));
      };
      const prefix = `of-${client.name}/`;
      const mayWrite = backend === "ceph" || client.sendsAcl === undefined;

      test("has the version that the table names", { timeout: buildMs }, async () => {
        expect(await (await start(prefix)).version()).toBe(client.version);
      });

      test("writes, lists and reads under its prefix, and is refused outside of it", async () => {
        const s3 = await start(prefix);
        // Not the scope's own folder, which some of them ask about by its bare name.
        const own = `${prefix}work/`;
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
      });

      test("works with a long-term key, which has no session token", async () => {
        const own = `${prefix}long-term/`;
        if (client.longTermKeyBy) {
          const bySettings = await ending(world.startWithLongTermKey(client, "settings"));
          await expect(bySettings.put(`${own}a`, "kept long")).rejects.toThrow(refusedWithoutToken);
        }
        const by = client.longTermKeyBy ? "variables" : "settings";
        const s3 = await ending(world.startWithLongTermKey(client, by));
        await s3.put(`${own}a`, "kept long");
        expect(await s3.get(`${own}a`)).toBe("kept long");
        expect(await s3.list(own)).toEqual([`${own}a`]);
      });

      more(
        client,
        () => ({
          world,
          start: (of) => start(of),
          startWithFolder: (of) => start(of, usualLife, "folders"),
        }),
        backend,
      );

      if (backend === "local")
        test("has its credentials at the third try at most, although STS takes 3 s", async () => {
          const own = `${prefix}slow/`;
          // Polars reads tables only.
          await writeByOperator(world, `${own}a`, "body\nkept");
          const slow = { ...usualLife, takesSeconds: 3 };
          const read = async () => (await start(own, slow)).get(`${own}a`);
          for (let attempt = 1; attempt <= 2; attempt++) {
            if ((await read().catch(() => "")).includes("kept")) return;
            await sleep(triedAgainMs);
          }
          expect(await read()).toContain("kept");
        });

      // A client that cannot write on AWS shows this on the store where it can.
      if (!mayWrite) return;
      test("goes on working across a refresh", async () => {
        const own = `${prefix}refresh/`;
        // If its time of refresh is not in seconds, STS states the real life of its sessions.
        const { refreshes } = client;
        const { freshSeconds, lifeSeconds } = client.startsSlowly ? slowTimes : usualTimes;
        const isPunctual = typeof refreshes === "number";
        const statedSeconds = isPunctual ? refreshes + freshSeconds : lifeSeconds;
        const s3 = await start(own, { statedSeconds, actualSeconds: lifeSeconds });
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
      });
    });
  });
}

/** Writes and reads until the first session has been over for a while. */
async function workOn(world: ClientWorld, s3: Working, prefix: string, lifeSeconds: number): Promise<void> {
  let over = Number.POSITIVE_INFINITY;
  for (let beat = 0; Date.now() < over; beat++) {
    await s3.put(`${prefix}${beat % 10}`, `beat ${beat}`);
    expect(await s3.get(`${prefix}${beat % 10}`)).toBe(`beat ${beat}`);
    over = (world.issued[0]?.issuedAt ?? 0) + (lifeSeconds + 1) * 1000;
    await sleep(200);
  }
}

/** Runs one command that lasts longer than the first session. */
async function uploadSlowly(
  world: ClientWorld,
  s3: Working,
  prefix: string,
  lifeSeconds: number,
): Promise<void> {
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

export async function writeByOperator(world: ClientWorld, Key: string, Body: string): Promise<void> {
  const operator = world.clients.s3(world.backend.vendingKey);
  await operator.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
}

async function readByOperator(world: ClientWorld, Key: string): Promise<string | undefined> {
  const operator = world.clients.s3(world.backend.vendingKey);
  const { Body } = await operator.send(new GetObjectCommand({ Bucket: bucket, Key }));
  return Body?.transformToString();
}
