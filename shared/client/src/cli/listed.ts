import type { StorageSummary, StoragesAnswer } from "../../../contract.ts";
import { addressIn, isText } from "../check-answer.ts";
import type { Environment } from "../identity-sources/environment.ts";
import { VendingError } from "../vending-error.ts";
import { ask } from "./ask.ts";
import type { Settings } from "./settings.ts";

const isTexts = (value: unknown) => Array.isArray(value) && value.every(isText);

/**
 * The storages that the caller may use.
 *
 * @throws VendingError (rejects)
 */
export async function listed(settings: Settings, env: Environment): Promise<StorageSummary[]> {
  const { Storages } = await ask<StoragesAnswer>("storages", settings, env);
  if (Array.isArray(Storages) && Storages.every(isSummary)) return Storages;
  throw new VendingError("invalid_answer", "No good list. Check that --url is a keyvend service.");
}

function isSummary(value: unknown): value is StorageSummary {
  const { Storage, Bucket, Grants } = Object(value);
  return (
    isText(Storage) &&
    isText(Bucket) &&
    addressIn(Object(value)) !== undefined &&
    Array.isArray(Grants) &&
    Grants.map(Object).every(({ Targets, Permission }) => isTexts(Targets) && isText(Permission))
  );
}
