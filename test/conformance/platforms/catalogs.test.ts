/**
 * Catalogs, unmodified, with the recipe's settings: they have what they vend from the STS door, with policies of their own. Their
 * clients make a table, write it and read it.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refused, writeByOperator } from "../clients/proofs.ts";
import { foreignKey, usualLife } from "../clients/world.ts";
import { type Nessie, startNessie } from "./nessie.ts";
import type { PlatformFiles } from "./platform.ts";
import { polaris } from "./polaris.ts";
import { type RoleWorld, startRoleWorld } from "./role-world.ts";

/** They run only where no client and no platform is named. */
const named = process.env["KEYVEND_CLIENTS"] !== undefined;

describe.skipIf(named).each(["local", "ceph"] as const)("on %s", (backend) => {
  let world: RoleWorld;
  let nessie: Nessie;
  const clients: PlatformFiles[] = [];
  beforeAll(async () => {
    world = await startRoleWorld(backend);
  });
  afterAll(async () => {
    for (const client of clients) await client.close();
    await nessie?.close();
    await world?.stop();
  });

  async function startNessieAndClient(folder: string) {
    nessie = await world.startByRole({ start: startNessie }, folder);
    return nessie.startClient("t1");
  }
  const catalogs = [
    ["Nessie", startNessieAndClient],
    ["Polaris", (folder: string) => world.startByRole(polaris, folder)],
  ] as const;

  describe.each(catalogs)("%s", (name, start) => {
    const folder = `of-${name.toLowerCase()}`;
    let client: PlatformFiles;
    beforeAll(async () => {
      client = await start(folder);
      clients.push(client);
    });

    test("has its client make a table, write it and read it", async () => {
      expect(await client.table("")).toBe(200);
      const keys = await client.list("");
      expect(keys.filter((key) => key.endsWith(".avro")).length).toBeGreaterThan(2);
      expect(keys.filter((key) => !key.startsWith(`${folder}/db/t1`))).toEqual([]);
    });

    test("gives its client nothing beside the table", async () => {
      expect(await client.list("")).not.toEqual([]);
      for (const key of [foreignKey, `${folder}/db/another/a`, `${folder}/a`]) {
        await writeByOperator(world, key, "kept");
        await expect(client.get(key)).rejects.toThrow(refused);
        await expect(client.put(key, "changed")).rejects.toThrow(refused);
      }
      await expect(client.list(`${folder}/`)).rejects.toThrow(refused);
    });
  });

  test("Nessie, which counts the time that is left, takes what an STS gives that takes 3 s", async () => {
    world.life = { ...usualLife, takesSeconds: 3 };
    const client = await nessie.startClient("slow");
    clients.push(client);
    expect(await client.table("")).toBe(200);
  });
});
