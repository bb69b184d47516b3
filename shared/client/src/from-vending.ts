import type { VendingOptions } from "./options.ts";
import { provider, type VendingProvider } from "./provider.ts";
import { vending } from "./vending.ts";

/**
 * Credentials for any client of the AWS SDK v3. One request serves all callers, the refresh runs in the background
 * while the credentials are good, and they are handed out while they are valid even if the service is down.
 *
 * @throws VendingError `invalid_options` at once; the provider rejects with all other codes
 * @example
 * new S3Client({ region, credentials: fromVending({ url: "https://vend.example.com", storage: "lake", token }) })
 */
export function fromVending(options: VendingOptions): VendingProvider {
  return provider(vending(options));
}
