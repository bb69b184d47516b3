import { createAbsorb } from "../shared/aws/absorbed-faults.ts";
import { createMasterKeys } from "../shared/aws/master-keys.ts";
import { type ClientKeyVerifier, createClientKeyVerifier } from "../shared/identity/client-keys.ts";
import { tokenHash } from "../shared/identity/token-hash.ts";
import type { Runtime } from "./runtime.ts";

/**
 * What only requests that are signed with client keys need: an instance loads it with the STS door, and reads the secret of
 * the master keys with the first of them. A key that an operator has revoked by its id is refused once its signature is verified.
 *
 * @example createClientKeys(runtime).verify(request, Date.now())
 */
export function createClientKeys({
  config,
  clientKeysSecret,
  revocations,
  meter,
  clock,
}: Pick<Runtime, "config" | "clientKeysSecret" | "revocations" | "meter" | "clock">): ClientKeyVerifier {
  const masterKeys = createMasterKeys(clientKeysSecret, clock, createAbsorb(meter, clock));
  const signatures = createClientKeyVerifier({ clientKeys: config.clientKeys, masterKeys });
  return {
    async verify(request, now) {
      const [principal, judge] = await Promise.all([signatures.verify(request, now), revocations.current()]);
      judge?.admitKey((id) => tokenHash(id) === principal.tokenHash);
      return principal;
    },
  };
}
