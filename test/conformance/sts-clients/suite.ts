import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { environmentOf, type Working } from "../clients/client.ts";
import { runCommand } from "../clients/command.ts";
import { expectToRefresh, expectToStayInside, refused, writeByOperator } from "../clients/proofs.ts";
import { sharedEnvironment } from "../clients/python/python.ts";
import { foreignKey, usualLife } from "../clients/world.ts";
import { type StsClient, usualSettings, ways } from "./sts-client.ts";
import { type DoorWorld, startDoorWorld } from "./world.ts";

const buildMs = 600_000;
/** Longer than a storage pauses after its first failures. */
const pauseMs = 3_000;

/** What every client of the STS door is held to. On Ceph's gateway it is what depends on the store. */
export function testStsClients(clients: readonly StsClient[], backend: "local" | "ceph"): void {
  let world: DoorWorld;
  beforeAll(async () => {
    world = await startDoorWorld(backend);
  });
  afterAll(() => world?.stop());

  const working: Working[] = [];
  afterEach(async () => {
    for (const client of working.splice(0)) await client.close();
  });

  if (backend === "local" && clients.some(({ name }) => name === "sts-aws-cli"))
    test("is asked by the AWS CLI whose a client key is, and cannot tell it of a session", async () => {
      const place = world.placeOf("tenants");
      const aws = join(await sharedEnvironment(), "aws");
      const identityBy = (AWS_PROFILE: string) =>
        runCommand(
          [aws, "sts", "get-caller-identity", "--query", "Arn", "--output", "text"],
          environmentOf({ environment: { ...usualSettings.AssumeRole, AWS_PROFILE } }, place, false),
        );
      expect(await identityBy("client-key")).toBe("arn:aws:sts::000000000000:assumed-role/keyvend/clients\n");
      await expect(identityBy("keyvend")).rejects.toThrow(
        /cannot verify requests that are signed by a session/,
      );
    });

  describe.each(clients)("$name", (client) => {
    describe.each(ways.filter((way) => client.by[way]))("by %s", (way) => {
      const start = async (role: string, life = usualLife) => {
        world.life = life;
        world.issued.length = 0;
        world.statuses.length = 0;
        const started = await world.startBy(client, way, role);
        working.push(started);
        return started;
      };
      // A folder for each test, since callers of the same folder share a session.
      const folderOf = (name: string) => `of-${client.name}/${way}/${name}/`;
      const roleOf = (folder: string) => `tenants/READWRITE/${folder}`;

      test("has the version that the table names", { timeout: buildMs }, async () => {
        expect(await (await start("tenants")).version()).toBe(client.version);
      });

      test("writes, lists and reads in its folder, and is refused outside of it", async () => {
        const folder = folderOf("scope");
        await expectToStayInside(world, await start(roleOf(folder)), `${folder}work/`);
      });

      test("goes on working across a refresh", async () => {
        const folder = folderOf("refresh");
        await expectToRefresh(world, client, folder, (life) => start(roleOf(folder), life));
      });

      // What is particular to the door does not depend on the store.
      if (backend === "ceph") return;

      test("says why it is refused, at its first try", async () => {
        const s3 = await start("elsewhere/READ");
        const reason = /The request was for READ of storage elsewhere/;
        await expect(s3.get(foreignKey)).rejects.toThrow(client.hidesReason ? refused : reason);
        if (client.hidesReason) expect(new Set(world.statuses)).toEqual(new Set([403]));
        else expect(world.statuses).toEqual([403]);
      });

      // How a client comes to its STS is the same by each way.
      if (way !== ways.find((each) => client.by[each])) return;

      test("comes again when it is told to", async () => {
        const folder = folderOf("told");
        await writeByOperator(world, `${folder}a`, "kept");
        const throttles = () => world.statuses.length === 0;
        const s3 = await start(roleOf(folder), { ...usualLife, throttles });
        const read = () => s3.get(`${folder}a`);
        // Its own tries may end before the storage's pause does.
        await read().catch(() => sleep(pauseMs));
        expect(world.statuses.length).toBeGreaterThan(1);
        expect(world.statuses[0]).toBe(503);
        expect(await read()).toBe("kept");
      });

      test("has its credentials at the first try, although STS takes 3 s", async () => {
        const folder = folderOf("slow");
        await writeByOperator(world, `${folder}a`, "kept");
        const s3 = await start(roleOf(folder), { ...usualLife, takesSeconds: 3 });
        expect(await s3.get(`${folder}a`)).toBe("kept");
        expect(world.statuses).toEqual([200]);
      });
    });
  });
}
