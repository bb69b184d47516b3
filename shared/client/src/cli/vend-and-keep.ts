import { join } from "node:path";
import { isTransient } from "../attempts.ts";
import { VendingError } from "../vending-error.ts";
import { isFresh, isUsable, type KeptCredentials, readKept } from "./credential-cache.ts";
import { forget, keep } from "./keep-credentials.ts";
import { locked } from "./locked.ts";
import type { Settings } from "./settings.ts";
import { vend } from "./vend.ts";
import type { World } from "./world.ts";

/**
 * Asks the service, one process for all that would, and keeps the answer. Where the service gives none, what is kept is
 * good until it expires; where it refuses, nothing is.
 *
 * @param place absent: nothing is read or kept
 * @throws VendingError (rejects)
 */
export async function vendAndKeep(
  settings: Settings,
  world: World,
  place: { folder: string; key: string } | undefined,
): Promise<KeptCredentials> {
  if (!place) return fetched(settings, world);
  const { folder, key } = place;
  const fresh = () => {
    const kept = readKept(folder, key);
    return kept && isFresh(kept, Date.now()) ? kept : undefined;
  };
  const fetchAndKeep = async () => {
    const credentials = await fetched(settings, world);
    try {
      keep(folder, key, credentials);
    } catch (error) {
      world.err(`keyvend: nothing kept in ${folder} (${(error as NodeJS.ErrnoException).code}).\n`);
    }
    return credentials;
  };
  return locked(join(folder, `${key}.lock`), fresh, async () => {
    try {
      return await fetchAndKeep();
    } catch (error) {
      const kept = readKept(folder, key);
      const isDown = error instanceof VendingError && isTransient(error);
      if (isDown && kept && isUsable(kept, Date.now())) {
        world.err(`keyvend: ${error.code}; credentials from the cache, until they expire.\n`);
        return kept;
      }
      if (!isDown) forget(folder, key);
      throw error;
    }
  });
}

async function fetched(settings: Settings, world: World): Promise<KeptCredentials> {
  const { credentials } = await vend(settings, world.env);
  return { ...credentials, expiration: +credentials.expiration, storedAt: Date.now() };
}
