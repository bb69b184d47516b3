import type { VendingOptions } from "./options.ts";
import { provider, type VendingProvider } from "./provider.ts";
import { vending } from "./vending.ts";

/**
 * Credentials for any client of the AWS SDK v3: asked for once however many callers there are, refreshed in the
 * background while they are good, and handed out while they are valid even if the service is down.
 *
 * @throws VendingError `invalid_options` at once; the provider rejects with any other code
 * @example
 * new S3Client({ region, credentials: fromVending({ url: "https://vend.example.com", storage: "lake", token }) })
 */
export function fromVending(options: VendingOptions): VendingProvider {
  return provider(vending(options));
}
