/**
 * Unmodified platforms of the JVM before the STS door, by the recipes' own settings: they assume a role with a client key. The
 * door has a name of its own and TLS, as it has where it is deployed.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Working } from "../clients/client.ts";
import { expectToRefresh, expectToStayInside, writeByOperator } from "../clients/proofs.ts";
import type { SessionLife } from "../clients/short-sts.ts";
import { usualLife } from "../clients/world.ts";
import { platformsByRole, type RolePlatform } from "./by-role.ts";
import { testFiles } from "./file-operations.ts";
import { type RoleWorld, startRoleWorld } from "./role-world.ts";

/** The names that the command line of `npm run conformance` has. */
const names = process.env["KEYVEND_CLIENTS"]?.split(",");
const platforms = platformsByRole.filter(({ name }) => names?.includes(name) ?? true);
const buildMs = 600_000;

describe.each(["local", "ceph"] as const)("on %s", (backend) => {
  let world: RoleWorld;
  beforeAll(async () => {
    world = await startRoleWorld(backend);
  });
  afterAll(() => world?.stop());

  const working: Working[] = [];
  afterEach(async () => {
    for (const files of working.splice(0)) await files.close();
  });

  async function start(
    platform: RolePlatform,
    folder: string,
    ask?: { life?: SessionLife; storage?: string },
  ) {
    const files = await world.startByRole(platform, folder, ask);
    working.push(files);
    return files;
  }

  describe.each(platforms)("$name", (platform) => {
    // Sessions are shared: a test that needs a new one has a folder of its own.
    const folder = `by-role-${platform.name}`;

    test("has the version that the table names", { timeout: buildMs }, async () => {
      expect(await (await start(platform, folder)).version()).toBe(platform.version);
    });

    test("writes, lists and reads in its folder with one session, and is refused outside of it", async () => {
      await expectToStayInside(world, await start(platform, `${folder}/scope`), `${folder}/scope/work/`);
      expect(world.issued).toHaveLength(1);
    });

    test("goes on working across a refresh", async () => {
      await expectToRefresh(world, platform, `${folder}/refresh/`, (life) =>
        start(platform, `${folder}/refresh`, { life }),
      );
    });

    if (backend === "ceph") return;

    testFiles(platform, () => ({
      world,
      start: (prefix) => start(platform, prefix.replace(/\/$/, "")),
      startWithFolder: (prefix) => start(platform, prefix.replace(/\/$/, ""), { storage: "folders" }),
    }));

    test("says why it is refused, at its first try", async () => {
      const starting = start(platform, folder, { storage: "elsewhere" }).then((files) => files.version());
      await expect(starting).rejects.toThrow(/The request was for READWRITE .* of storage elsewhere/);
      expect(world.statuses).toEqual([403]);
    });

    test("comes again when it is told to", async () => {
      await writeByOperator(world, `${folder}/told/a`, "kept");
      const throttles = () => world.statuses.length === 0;
      const files = await start(platform, `${folder}/told`, { life: { ...usualLife, throttles } });
      expect(await files.get(`${folder}/told/a`)).toBe("kept");
      expect(world.statuses[0]).toBe(503);
    });

    test("has its credentials at the first try, although STS takes 3 s", async () => {
      await writeByOperator(world, `${folder}/slow/a`, "kept");
      const files = await start(platform, `${folder}/slow`, { life: { ...usualLife, takesSeconds: 3 } });
      expect(await files.get(`${folder}/slow/a`)).toBe("kept");
      expect(new Set(world.statuses)).toEqual(new Set([200]));
    });
  });
});
