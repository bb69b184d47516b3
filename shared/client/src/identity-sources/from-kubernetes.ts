import { fromTokenFile } from "./from-token-file.ts";
import type { TokenSource } from "./token-source.ts";

/**
 * Where a pod's own token for keyvend is, unless told otherwise. Not the path of the token for the cluster's API: that
 * one would let its receiver act in the cluster.
 */
export const projectedTokenPath = "/var/run/secrets/keyvend/token";

/**
 * A service account's token, from a projected volume: `serviceAccountToken: { audience, path: token }`, mounted at
 * `/var/run/secrets/keyvend`.
 *
 * @throws VendingError (rejects) `invalid_token`, naming the file
 * @example fromVending({ url, storage, token: fromKubernetes() })
 */
export function fromKubernetes({ path = projectedTokenPath }: { path?: string } = {}): TokenSource {
  return fromTokenFile(path);
}
