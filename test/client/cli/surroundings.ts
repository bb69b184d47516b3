import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import type { StoragesAnswer } from "../../../shared/contract.ts";
import { startFakeService, token } from "../fake-service.ts";

/** A fake service, a folder of a test's own, and the environment that leads the CLI to both. */
async function openSurroundings() {
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

/** Each test of a file gets surroundings of its own: what this returns is always those of the test that runs. */
export function useSurroundings() {
  let here: Awaited<ReturnType<typeof openSurroundings>>;
  beforeEach(async () => {
    here = await openSurroundings();
  });
  afterEach(() => here.close());
  return {
    get service() {
      return here.service;
    },
    get folder() {
      return here.folder;
    },
    get cache() {
      return here.cache;
    },
    get env() {
      return here.env;
    },
  };
}

/** What the service lists for the caller: the storage that the environment names. */
export const storages: StoragesAnswer = {
  Storages: [
    {
      Storage: "lake",
      Bucket: "lake-bucket",
      Endpoint: "https://s3.eu-central-1.amazonaws.com",
      Region: "eu-central-1",
      PathStyleAccess: true,
      Grants: [{ Targets: ["s3://lake-bucket/tables/"], Permission: "READ", MaxDurationSeconds: 5_400 }],
      Vends: true,
    },
  ],
};
