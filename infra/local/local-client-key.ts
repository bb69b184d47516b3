import { readMasterKeys } from "../../shared/aws/master-keys.ts";
import { clientSecret } from "../../shared/identity/client-keys.ts";

/**
 * The emulation's master key, which is no secret: it opens nothing but the emulation, whose issuer gives every caller on this
 * machine a token anyway. So settings that were written for one start work after the next.
 */
export const localMasterSecret = JSON.stringify({
  current: "k1",
  k1: "the master key of every local emulation",
});

export const localClientKeyId = "KV1XLOCALEMULATIONAAAAAA";

/**
 * The one client key of the emulation.
 *
 * @example const { id, secret } = await localClientKey()
 */
export async function localClientKey(): Promise<{ id: string; secret: string }> {
  const masterKeys = readMasterKeys(async () => localMasterSecret, { now: Date.now });
  const { key } = await masterKeys.current();
  return { id: localClientKeyId, secret: clientSecret(localClientKeyId, key) };
}
