import type { StorageSummary } from "../contract.ts";
import { grantsFor, isRevoked } from "../core/authorize.ts";
import type { Circumstances } from "../core/circumstances.ts";
import type { Config } from "../core/config.ts";
import { addressOf } from "../core/storage.ts";
import { formatTarget } from "../core/target.ts";
import { isVending } from "../core/ways.ts";

/**
 * What a principal may use: each storage on which it has a grant, and nothing of the others, nor of what is revoked.
 *
 * @example listStorages(config, { principal, now }) // [{ Storage: "lake", Vends: true, … }]
 */
export function listStorages(config: Config, circumstances: Circumstances): StorageSummary[] {
  return [...config.storages.values()].flatMap((storage) => {
    const standing = grantsFor(config, circumstances, storage).filter(
      (grant) => !isRevoked(grant, storage, circumstances),
    );
    const grants = standing.map(({ scope, maxDurationSeconds }) => ({
      Targets: scope.prefixes.map((prefix) => formatTarget(scope.bucket, prefix)),
      Permission: scope.permission,
      ...(scope.also && { Also: [...scope.also] }),
      MaxDurationSeconds: Math.min(maxDurationSeconds, storage.maxDurationSeconds),
    }));
    return grants.length === 0 ? [] : [{ ...addressOf(storage), Grants: grants, Vends: isVending(storage) }];
  });
}
