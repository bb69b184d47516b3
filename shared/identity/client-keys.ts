import type { KeyObject } from "node:crypto";
import type { ClientKey } from "../core/config.ts";
import type { Principal } from "../core/principal.ts";
import { type SignedRequest, StsRefusal } from "./signed-request.ts";

/**
 * The id of a client key: `KV`, the version of its master key, `X`, and 100 random bits in Base32. It consists of upper-case
 * letters and digits, as every client takes them, and begins like no id of AWS's, all of which begin with `A`.
 */
export const clientKeyIdForm = /^KV([1-9]\d{0,3})X[A-Z2-7]{20}$/;

/** The master keys, of which clients' secrets are derived. */
export interface MasterKeys {
  /** Gives a key by its name, `undefined` if there is none. Throws if the secret that holds them cannot be read. */
  keyOf(name: string): Promise<KeyObject | undefined>;
}

export interface ClientKeyVerifier {
  /**
   * The caller that a signed request proves. `now` is in epoch milliseconds. Throws `StsRefusal`, or `VendError`
   * `unavailable` if the master keys cannot be read.
   */
  verify(request: SignedRequest, now: number): Promise<Principal>;
}

/**
 * Verifies requests that are signed with client keys.
 *
 * @example const { subject } = await createClientKeyVerifier({ clientKeys, masterKeys }).verify(request, Date.now())
 */
export function createClientKeyVerifier(_: {
  clientKeys: readonly ClientKey[];
  masterKeys: MasterKeys;
}): ClientKeyVerifier {
  return {
    async verify() {
      throw new StsRefusal("InvalidClientTokenId", "No client key has this access key id.");
    },
  };
}
