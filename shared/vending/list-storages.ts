import type { StorageSummary } from "../contract.ts";
import { grantsFor } from "../core/authorize.ts";
import type { Config } from "../core/config.ts";
import type { Principal } from "../core/principal.ts";
import { addressOf } from "../core/storage.ts";
import { formatTarget } from "../core/target.ts";

/**
 * What a principal may use: each storage on which it has a grant, and nothing of the others.
 *
 * @example listStorages(config, principal) // [{ Storage: "lake", Vends: true, … }]
 */
export function listStorages(config: Config, principal: Principal): StorageSummary[] {
  return [...config.storages.values()].flatMap((storage) => {
    const grants = grantsFor(config, principal, storage).map(({ grant, scope }) => ({
      Targets: scope.prefixes.map((prefix) => formatTarget(scope.bucket, prefix)),
      Permission: scope.permission,
      MaxDurationSeconds: Math.min(grant.maxDurationSeconds, storage.maxDurationSeconds),
    }));
    return grants.length === 0
      ? []
      : [{ ...addressOf(storage), Grants: grants, Vends: storage.issue !== "none" }];
  });
}
