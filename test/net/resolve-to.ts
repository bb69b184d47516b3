import dns, { type LookupAddress } from "node:dns";
import { isIPv6 } from "node:net";
import { vi } from "vitest";

/** From now on every name resolves to these addresses, until `vi.restoreAllMocks`. */
export function resolveTo(...addresses: string[]): void {
  const all = addresses.map((address): LookupAddress => ({ address, family: isIPv6(address) ? 6 : 4 }));
  const answer = (
    _: string,
    options: { all?: boolean },
    callback: (error: null, address: string | LookupAddress[], family?: number) => void,
  ) => (options.all ? callback(null, all) : callback(null, all[0]?.address ?? "", all[0]?.family));
  vi.spyOn(dns, "lookup").mockImplementation(answer as unknown as typeof dns.lookup);
}
