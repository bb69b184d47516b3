import { createAbsorb } from "../shared/aws/absorbed-faults.ts";
import { createMasterKeys } from "../shared/aws/master-keys.ts";
import type { Meter } from "../shared/aws/meter.ts";
import type { ClientKey } from "../shared/core/config.ts";
import { type ClientKeyVerifier, createClientKeyVerifier } from "../shared/identity/client-keys.ts";
import type { Clock } from "../shared/vending/ports.ts";

/**
 * What only requests that are signed with client keys need, and an instance loads with the first of them.
 *
 * @example createClientKeys({ clientKeys, read: () => secretValue(call, secretId), meter, clock }).verify(request, Date.now())
 */
export function createClientKeys({
  clientKeys,
  read,
  meter,
  clock,
}: {
  clientKeys: readonly ClientKey[];
  /** Reads the secret that holds the master keys. */
  read: () => Promise<string>;
  meter: Meter;
  clock: Clock;
}): ClientKeyVerifier {
  const masterKeys = createMasterKeys(read, clock, createAbsorb(meter, clock));
  return createClientKeyVerifier({ clientKeys, masterKeys });
}
