/** What platforms make of refusals in the formats that they read. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type ClientWorld, startWorld } from "../clients/world.ts";
import { fluss } from "./fluss.ts";
import { iceberg } from "./iceberg.ts";
import type { Platform, PlatformFiles } from "./platform.ts";

let world: ClientWorld;
const working: PlatformFiles[] = [];
beforeAll(async () => {
  world = await startWorld("local");
});
afterAll(() => world?.stop());
afterEach(async () => {
  for (const files of working.splice(0)) await files.close();
});

async function start(platform: Platform, storage: string) {
  const files = await world.start(platform, "", storage);
  working.push(files);
  return files;
}

test("Iceberg shows its user why, and the request to ask about", async () => {
  const files = await start(iceberg, "nowhere");
  await expect(files.get("t1/a")).rejects.toThrow(
    /ForbiddenException: Forbidden: No grant .* \(no_grant, request [\w-]+\)/,
  );
});

test("Fluss 0.9.1 throws the empty token of a storage that vends nothing away, and the address with it", async () => {
  await expect(start(fluss, "own-keys").then((files) => files.get("t1/a"))).rejects.toThrow(
    /No content to map|NoAwsCredentials/,
  );
});
