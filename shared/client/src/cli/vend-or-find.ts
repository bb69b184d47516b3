import type { StorageAddress } from "../../../contract.ts";
import type { FormatScope, FormatSource } from "../../../formats/format.ts";
import type { Environment } from "../identity-sources/environment.ts";
import { VendingError } from "../vending-error.ts";
import { checkAddress, listStorages, vend } from "./service.ts";
import type { Settings } from "./settings.ts";

/** What a storage gives: credentials, or where it is for those of the caller's own. */
type Found =
  | { source: FormatSource; scope: FormatScope }
  | { source: undefined; place: StorageAddress; refusal: VendingError };

/**
 * Asks for credentials, and of a storage that vends none for its address.
 *
 * @throws VendingError (rejects)
 */
export async function vendOrFind(settings: Settings, env: Environment): Promise<Found> {
  try {
    return await vend(settings, env);
  } catch (refusal) {
    if (!(refusal instanceof VendingError) || refusal.code !== "delegation_off") throw refusal;
    return { source: undefined, place: await addressInList(settings, env), refusal };
  }
}

/**
 * Asks where a storage is. The list issues nothing, and knows storages that vend nothing as well.
 *
 * @throws VendingError (rejects)
 */
export async function addressInList(settings: Settings, env: Environment): Promise<StorageAddress> {
  const list = await listStorages(settings, env);
  const storage = list.find(({ Storage }) => Storage === settings.storage);
  if (storage) return checkAddress(storage);
  throw new VendingError("no_grant", `No grant of yours reaches ${settings.storage}. See: keyvend storages`);
}
