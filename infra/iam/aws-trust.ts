import type { Config } from "../../shared/core/config.ts";
import { partitionOf } from "../../shared/core/partition.ts";
import { type StorageOf, secretOf } from "../../shared/core/storage.ts";
import { roleNameOf } from "../deploy/names.ts";
import type { IamName } from "./arns.ts";
import type { ReportFault } from "./fault.ts";
import { functionsAccount } from "./functions-account.ts";
import { type KeyUser, userOf } from "./key-users.ts";
import type { PolicyStatement } from "./policy-document.ts";
import type { IamSetting } from "./setting.ts";
import { ofWay, type StorageFacts } from "./storage-facts.ts";
import type { RoleFacts } from "./storage-roles.ts";
import { type Caller, trustIn } from "./trust.ts";
import { issuersAtSts, providerArn, trustInTokens } from "./web-identity.ts";

/** The functions that ask STS for sessions. */
const issuingFunctions = ["vend", "warm"];

/**
 * Makes trust policies as AWS has them, for `storageRoles`.
 *
 * @example storageRoles(facts, trustOnAws(facts, users, config, setting, report), report)
 */
export function trustOnAws(
  facts: readonly StorageFacts[],
  users: readonly KeyUser[],
  config: Config,
  setting: IamSetting,
  report: ReportFault,
): (role: IamName, ofRole: readonly RoleFacts[]) => PolicyStatement[] {
  return (role, ofRole) => {
    checkExternalIds(ofRole, report);
    const byCallers = ofWay("assume-role", ofRole).flatMap(({ storage, asked }) => {
      const callers =
        secretOf(storage) === undefined
          ? functionsOf(storage, role, functionsAccount(setting, facts), setting, report)
          : userAsCaller(storage, role, users);
      return trustIn(callers, { ...asked, externalId: storage.externalId });
    });
    const byTokens = ofWay("web-identity", ofRole).flatMap((each) =>
      trustInTokens(each, issuersAtSts(each, config), ({ name }) => providerArn(role, name), setting, report),
    );
    return [...byCallers, ...byTokens];
  };
}

/** Where the account is not known, that is told elsewhere. */
function userAsCaller(
  storage: StorageOf<"assume-role">,
  { partition }: IamName,
  users: readonly KeyUser[],
): Caller[] {
  const { account, path, name } = userOf(storage, users) ?? {};
  if (account === undefined) return [];
  return [{ partition, account, arn: `arn:${partition}:iam::${account}:user${path}${name}` }];
}

/** Without a key the functions' own roles assume the storage's. */
function functionsOf(
  storage: StorageOf<"assume-role">,
  { partition }: IamName,
  account: string | undefined,
  setting: IamSetting,
  report: ReportFault,
): Caller[] {
  if (account === undefined) {
    report(
      [storage.name],
      `its role trusts those of the functions, and nothing says in which account they are: give it (--account).`,
    );
    return [];
  }
  if (storage.partition !== partitionOf(setting.region)?.name)
    report(
      [storage.name],
      `functions in ${setting.region} cannot assume a role of the partition ${storage.partition}: give the functions' region (--region), or the storage a secret.`,
    );
  return issuingFunctions.map((name) => ({
    partition,
    account,
    arn: `arn:${partition}:iam::${account}:role/${roleNameOf(name, setting)}`,
  }));
}

/** A storage without an external id would let its callers in without that of the others. */
function checkExternalIds(ofRole: readonly RoleFacts[], report: ReportFault): void {
  const storages = ofWay("assume-role", ofRole).map(({ storage }) => storage);
  if (new Set(storages.map(({ externalId }) => externalId)).size > 1)
    report(
      storages.map(({ name }) => name),
      `they share a role and differ in externalId: give them the same one, or roles of their own.`,
    );
}
