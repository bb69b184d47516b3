import { createSeal } from "../../shared/aws/seal.ts";
import type { Clock, Seal } from "../../shared/vending/ports.ts";

interface LiveSeal extends Seal {
  /** Goes by another text of the secret from now on; throws, and changes nothing, where that is faulty. */
  replace(text: string): Promise<void>;
}

/**
 * A seal whose secret may change while the process runs: a new key is used at once, and what an earlier one has sealed opens for
 * as long as that is in the secret.
 *
 * @example const seal = createLiveSeal(() => folder.text("sealing-key"), clock, onTampered)
 */
export function createLiveSeal(
  read: () => Promise<string>,
  clock: Pick<Clock, "now">,
  onTampered: (place: string) => void,
): LiveSeal {
  let seal = createSeal(read, clock, onTampered);
  return {
    load: () => seal.load(),
    seal: (...sealing) => seal.seal(...sealing),
    open: (...opening) => seal.open(...opening),
    async replace(text) {
      const next = createSeal(async () => text, clock, onTampered);
      await next.load();
      seal = createSeal(read, clock, onTampered);
      await seal.load();
    },
  };
}
