import type { Config } from "../../core/config.ts";
import { type Storage, secretOf } from "../../core/storage.ts";
import { wayOf } from "../../core/ways.ts";
import type { NoteKey } from "../note-key.ts";
import type { Absorb, ReadKey } from "../ports.ts";

interface CheckKeysPorts {
  config: Pick<Config, "storages">;
  readKey: ReadKey;
  noteKey: NoteKey;
  absorb: Absorb;
}

/**
 * Reads each storage's long-term key as it is in its secret, and tells all instances of a new one: where the store ends
 * sessions together with their key, dead ones are not served for long, even if nobody asks STS meanwhile.
 *
 * @example await createCheckKeys(ports)()
 */
export function createCheckKeys({ config, readKey, noteKey, absorb }: CheckKeysPorts): () => Promise<void> {
  async function check(storage: Storage, secret: string): Promise<void> {
    try {
      await noteKey(storage, await readKey(secret), false);
    } catch (fault) {
      absorb("secret", fault);
    }
  }

  return async function checkKeys() {
    const checks = Array.from(config.storages.values(), async (storage) => {
      const secret = secretOf(storage);
      if (wayOf(storage).isKept && secret !== undefined) await check(storage, secret);
    });
    await Promise.all(checks);
  };
}
