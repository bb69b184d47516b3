import { addressIn } from "./check-answer.ts";
import type { VendingOptions } from "./options.ts";
import { provider, type VendingProvider } from "./provider.ts";
import { vending } from "./vending.ts";
import { type S3Address, VendingError } from "./vending-error.ts";

/** All that an S3 client needs. */
export interface S3Config extends S3Address {
  credentials: VendingProvider;
}

/**
 * The whole configuration of an S3 client, from the service's answer. Its credentials stay fresh.
 *
 * @throws VendingError (rejects); `delegation_off` where the storage gives no credentials; the error has its `address`
 * @example new S3Client(await s3Config({ url: "https://vend.example.com", storage: "lake", token }))
 */
export async function s3Config(options: VendingOptions): Promise<S3Config> {
  const vend = vending(options);
  const address = addressIn((await vend()).body);
  if (!(address && URL.canParse(address.endpoint)))
    throw new VendingError("invalid_answer", "No good address. Check that `url` is a keyvend service.");
  return { ...address, credentials: provider(vend) };
}
