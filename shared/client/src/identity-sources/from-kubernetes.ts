import { fromTokenFile } from "./from-token-file.ts";
import type { TokenSource } from "./token-source.ts";

/**
 * The default path of a pod's token for keyvend. It is not the path of the token for the cluster's API: a service
 * that received that token could act in the cluster.
 */
export const projectedTokenPath = "/var/run/secrets/keyvend/token";

/**
 * The token of a pod's service account, from a projected volume: `serviceAccountToken: { audience, path: token }`,
 * mounted at `/var/run/secrets/keyvend`.
 *
 * @throws VendingError (rejects) `invalid_token`, naming the file
 * @example fromVending({ url, storage, token: fromKubernetes() })
 */
export function fromKubernetes({ path = projectedTokenPath }: { path?: string } = {}): TokenSource {
  return fromTokenFile(path);
}
