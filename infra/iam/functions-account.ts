import { iamNameOf } from "./arns.ts";
import type { IamSetting } from "./setting.ts";
import type { StorageFacts } from "./storage-facts.ts";

/**
 * The account in which the functions are, as far as it is known: it is said, or it is that of the storages' roles, or what
 * stands for an unknown one.
 *
 * @example functionsAccount(setting, facts) // "111122223333"
 */
export function functionsAccount(
  { account, unknownAccount }: IamSetting,
  facts: readonly StorageFacts[],
): string | undefined {
  const ofRoles = roleAccounts(facts);
  return account ?? (ofRoles.length === 0 ? unknownAccount : onlyOne(ofRoles));
}

/** The accounts of the storages' roles, each once. */
export function roleAccounts(facts: readonly StorageFacts[]): string[] {
  const accounts = facts.flatMap(({ storage }) =>
    "roleArn" in storage ? (iamNameOf(storage.roleArn, "role")?.account ?? []) : [],
  );
  // Other stores have no accounts.
  return [...new Set(accounts)].filter((account) => account !== "");
}

/** The element of a list of one. */
export function onlyOne<T>([first, ...others]: readonly T[]): T | undefined {
  return others.length === 0 ? first : undefined;
}
