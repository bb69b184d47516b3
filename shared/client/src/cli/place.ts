import type { StorageAddress } from "../../../contract.ts";
import { addressIn, type Unchecked } from "../check-answer.ts";
import { VendingError } from "../vending-error.ts";
import type { Place } from "./clients/client-settings.ts";

/** Letters of any language, but nothing that could begin a new line where it is written. */
const isLine = (value: unknown): value is string =>
  typeof value === "string" && /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u.test(value);
const isName = (value: unknown): value is string => typeof value === "string" && /^[\w.-]+$/.test(value);

/**
 * Where a storage is, fit to be written into settings.
 *
 * @throws VendingError `invalid_answer`
 */
export function placeOf(body: Unchecked<StorageAddress>, targets: unknown): Place {
  const { Storage: storage, Bucket: bucket } = body;
  const address = addressIn(body);
  if (
    isName(storage) &&
    isName(bucket) &&
    address &&
    [address.endpoint, address.region].every((word) => /^[!-~]+$/.test(word)) &&
    Array.isArray(targets) &&
    targets.every(isLine)
  )
    return { ...address, storage, bucket, targets };
  throw new VendingError("invalid_answer", "No good address. Check that --url is a keyvend service.");
}
