import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { BackendName } from "../backend.ts";
import type { Client, Working } from "./client.ts";
import { expectToRefresh, expectToStayInside, writeByOperator } from "./proofs.ts";
import { type ClientWorld, startWorld, usualLife } from "./world.ts";

/** The names that the command line of `npm run conformance` has. */
const names = process.env["KEYVEND_CLIENTS"]?.split(",");

/** By the emulation, by Ceph, and by Iceberg itself. */
export const refusedWithoutToken = /token is malformed|session-token not set|\b403\b|AccessDenied/i;
const buildMs = 600_000;
/** Some SDKs do not read `Retry-After`, which says 8 s. */
const triedAgainMs = 3_000;

/** A client in a test that is running: what it is started with, and where. */
export interface UnderTest<Started extends Working> {
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
        await expectToStayInside(world, s3, own, mayWrite);
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
          // By the client itself where it may, because some of them read tables only. Its session is for another scope.
          if (mayWrite) await (await start(prefix)).put(`${own}a`, "kept");
          else await writeByOperator(world, `${own}a`, "kept");
          const slow = { ...usualLife, takesSeconds: 3 };
          const read = async () => (await start(own, slow)).get(`${own}a`);
          for (let attempt = 1; attempt <= 2; attempt++) {
            if ((await read().catch(() => "")) === "kept") return;
            await sleep(triedAgainMs);
          }
          expect(await read()).toBe("kept");
        });

      // A client that cannot write on AWS shows this on the store where it can.
      if (!mayWrite) return;
      test("goes on working across a refresh", async () => {
        const own = `${prefix}refresh/`;
        await expectToRefresh(world, client, own, (life) => start(own, life));
      });
    });
  });
}
