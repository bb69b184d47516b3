import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startFakeService, token } from "../fake-service.ts";

/** A fake service, a folder of a test's own, and the environment that leads the CLI to both. */
export async function openSurroundings() {
  const service = await startFakeService();
  const folder = await mkdtemp(join(tmpdir(), "keyvend-cli-"));
  const cache = join(folder, "cache");
  const env: Record<string, string> = {
    KEYVEND_URL: service.url,
    KEYVEND_STORAGE: "lake",
    KEYVEND_TOKEN: token,
    KEYVEND_CACHE_DIR: cache,
  };
  return {
    ...{ service, folder, cache, env },
    async close(): Promise<void> {
      await service.close();
      await rm(folder, { recursive: true });
    },
  };
}
