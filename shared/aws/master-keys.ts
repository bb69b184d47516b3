import { VendError } from "../core/errors.ts";
import type { MasterKeys } from "../identity/client-keys.ts";
import type { Absorb, Clock } from "../vending/ports.ts";
import { createVersionedKeys, type VersionedKeys } from "./versioned-keys.ts";

/**
 * The master keys as they stand in their secret, with the name of the one by which new client keys are made.
 *
 * @example const { id, key } = await readMasterKeys(() => secretValue(call, secretId), { now: Date.now }).current()
 */
export function readMasterKeys(read: () => Promise<string>, clock: Pick<Clock, "now">): VersionedKeys {
  return createVersionedKeys({
    secret: "secret of the client keys",
    purpose: "keyvend client keys",
    read,
    clock,
  });
}

/** When a caller may come back: so soon may the secret be read again. */
const retryAfterSeconds = 1;

/**
 * The master keys of client keys, from their secret, which has the form of the sealing keys'. While it cannot be read, and
 * the keys are not known, callers get `unavailable`, and the fault is noted.
 *
 * @example createMasterKeys(() => secretValue(call, secretId), clock, absorb).keyOf("k1")
 */
export function createMasterKeys(
  read: () => Promise<string>,
  clock: Pick<Clock, "now">,
  absorb: Absorb,
): MasterKeys {
  const keys = readMasterKeys(read, clock);
  return {
    async keyOf(name) {
      try {
        return await keys.keyOf(name);
      } catch (cause) {
        absorb("client-keys", cause);
        const message = "The client keys cannot be verified now.";
        throw new VendError("unavailable", message, { retryAfterSeconds, cause });
      }
    },
  };
}
