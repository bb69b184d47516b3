/**
 * A whole Fluss, unmodified, with the recipe's lines in its `server.yaml`: its clients, which have no settings, get tokens that the
 * server has from the STS door.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Working } from "../clients/client.ts";
import { expectToRefresh, expectToStayInside, refused } from "../clients/proofs.ts";
import type { SessionLife } from "../clients/short-sts.ts";
import { foreignKey, usualLife } from "../clients/world.ts";
import type { DoorPlace } from "../sts-clients/sts-client.ts";
import { flussServer } from "./by-role.ts";
import { fluss } from "./fluss.ts";
import { startFluss } from "./fluss-server.ts";
import { recipeFor } from "./role-recipe.ts";
import { type RoleWorld, startRoleWorld } from "./role-world.ts";

/**
 * A server gives the same token for a minute, to a client of which it has a quarter left as well: the first renewal must come
 * later.
 */
const times = { freshSeconds: 67, lifeSeconds: 90 };

/** The names that the command line of `npm run conformance` has. */
const isNamed = process.env["KEYVEND_CLIENTS"]?.split(",").includes(fluss.name) ?? true;

describe.runIf(isNamed).each(["local", "ceph"] as const)("Fluss on %s", (backend) => {
  let world: RoleWorld;
  beforeAll(async () => {
    world = await startRoleWorld(backend);
  });
  afterAll(() => world?.stop());

  const working: Working[] = [];
  afterEach(async () => {
    for (const each of working.splice(0).reverse()) await each.close();
  });

  /** Sessions are shared: each test has a folder of its own. */
  async function startClient(folder: string, life: SessionLife = usualLife) {
    const server = await world.startByRole(flussServer, folder, { life });
    working.push(server);
    // The server has asked for itself.
    await server.put(`${folder}/of-the-server`, "mine");
    world.issued.length = 0;
    const client = await server.startClient();
    working.push(client);
    return client;
  }

  test("gives its clients tokens for the server's folder, and for nothing else", async () => {
    await expectToStayInside(world, await startClient("of-fluss"), "of-fluss/work/");
  });

  test("gives its clients new tokens, across the end of the first", async () => {
    const start = (life: SessionLife) => startClient("of-fluss-renewal", life);
    await expectToRefresh(world, fluss, "of-fluss-renewal/", start, times);
  });

  test("takes the provider of the server's own credentials for its bucket, as the next Fluss needs it", async () => {
    const server = await world.startByRole({ start: startAsTheNext }, "of-fluss-by-bucket");
    working.push(server);
    await server.put("of-fluss-by-bucket/a", "mine");
    expect(await server.get("of-fluss-by-bucket/a")).toBe("mine");
    await expect(server.get(foreignKey)).rejects.toThrow(refused);
  });

  // Fluss makes folders for its segments, and Ceph's gateway 16 refuses S3A's folders.
  if (backend === "ceph") return;

  test("moves a table's log to S3, where its client reads it", async () => {
    const client = await startClient("of-fluss-table");
    expect(await client.table("of-fluss-table/remote/")).toBe(400);
  });
});

function startAsTheNext(place: DoorPlace, env: Record<string, string>) {
  const recipe = recipeFor("fluss", place);
  const settings = recipe.block("yaml", "s3.assumed.role.arn");
  const forBucket = recipe.block("yaml", `s3.bucket.${place.bucket}.aws.credentials.provider`);
  return startFluss(place, env, settings.replace(/^s3\.aws\.credentials\.provider: .*$/m, forBucket));
}
