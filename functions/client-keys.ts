import { createAbsorb } from "../shared/aws/absorbed-faults.ts";
import { createMasterKeys } from "../shared/aws/master-keys.ts";
import { type ClientKeyVerifier, createClientKeyVerifier } from "../shared/identity/client-keys.ts";
import type { Runtime } from "./runtime.ts";

/**
 * What only requests that are signed with client keys need: an instance loads it with the STS door, and reads the secret of
 * the master keys with the first of them.
 *
 * @example createClientKeys(runtime).verify(request, Date.now())
 */
export function createClientKeys({
  config,
  clientKeysSecret,
  meter,
  clock,
}: Pick<Runtime, "config" | "clientKeysSecret" | "meter" | "clock">): ClientKeyVerifier {
  const masterKeys = createMasterKeys(clientKeysSecret, clock, createAbsorb(meter, clock));
  return createClientKeyVerifier({ clientKeys: config.clientKeys, masterKeys });
}
