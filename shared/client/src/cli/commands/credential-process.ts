import { cacheKey } from "../cache-key.ts";
import type { RunCommand } from "../command.ts";
import { cacheFolder, isFresh, type KeptCredentials, ownFolder, readKept } from "../credential-cache.ts";
import { requireSecretsAllowed } from "../secrets-allowed.ts";
import { settingsOf } from "../settings.ts";

/**
 * `keyvend credential-process`. The AWS CLI runs it for each of its own runs, and SDKs keep little of it, so an answer
 * from the cache loads nothing but this and what it imports.
 */
export const run: RunCommand = async (given, world) => {
  requireSecretsAllowed(given, world);
  const settings = settingsOf(given);
  const folder = cacheFolder(world.env);
  const key = given.has("no-cache") || !ownFolder(folder) ? undefined : cacheKey(settings, world.env);
  let kept = key === undefined ? undefined : readKept(folder, key);
  if (!kept || !isFresh(kept, Date.now())) {
    const { vendAndKeep } = await import("../vend-and-keep.ts");
    kept = await vendAndKeep(settings, world, key === undefined ? undefined : { folder, key });
  }
  world.out(`${JSON.stringify(processAnswer(kept))}\n`);
  return 0;
};

function processAnswer({ accessKeyId, secretAccessKey, sessionToken, expiration }: KeptCredentials): object {
  return {
    Version: 1,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    ...(sessionToken && { SessionToken: sessionToken }),
    Expiration: new Date(expiration).toISOString(),
  };
}
