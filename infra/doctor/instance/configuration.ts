import { isDeepStrictEqual } from "node:util";
import type { StorageAddress, StorageSummary } from "../../../shared/contract.ts";
import type { Circumstances } from "../../../shared/core/circumstances.ts";
import type { Config } from "../../../shared/core/config.ts";
import { addressOf } from "../../../shared/core/storage.ts";
import { listStorages } from "../../../shared/vending/list-storages.ts";
import { about, type Finding } from "../finding.ts";
import type { DoctorSetting } from "../setting.ts";
import { ownPrincipal } from "./own-principal.ts";

const deploy = "Deploy this configuration, or give the doctor the one that was deployed.";

/**
 * Compares what the instance lists with what the configuration says: the addresses of storages, and the grants of the
 * doctor's own identity.
 */
export async function checkConfiguration(
  setting: DoctorSetting,
  storages: readonly StorageSummary[],
): Promise<Finding[]> {
  const { config } = setting;
  if (config === undefined)
    return [
      about("configuration", "all").notChecked("no configuration was given", "Give it: --config FILE."),
    ];
  const principal = await ownPrincipal(setting, config);
  const circumstances = principal && { principal, now: Date.now(), sourceIp: undefined };
  const expected =
    circumstances && new Map(listStorages(config, circumstances).map((each) => [each.Storage, each]));
  const listed = storages.map((storage) =>
    compare(storage, config, expected?.get(storage.Storage), circumstances),
  );
  const names = new Set(storages.map(({ Storage }) => Storage));
  const missing = [...config.storages.keys()]
    .filter((name) => !names.has(name))
    .map((name) =>
      expected?.has(name)
        ? about("configuration", name).failed("is granted here, and the instance does not list it", deploy)
        : about("configuration", name).notChecked(
            "the doctor's identity has no grant on it",
            "Give it a narrow one, so that the storage is checked too.",
          ),
    );
  return [...listed, ...missing];
}

function compare(
  listed: StorageSummary,
  config: Config,
  expected: StorageSummary | undefined,
  circumstances: Circumstances | undefined,
): Finding {
  const of = about("configuration", listed.Storage);
  const storage = config.storages.get(listed.Storage);
  if (storage === undefined) return of.failed("is deployed, and the configuration does not have it", deploy);
  const address = addressOf(storage);
  const differing = (Object.keys(address) as (keyof StorageAddress)[]).filter(
    (member) => address[member] !== listed[member],
  );
  if (differing.length > 0)
    return of.failed(
      `is deployed with another ${differing.join(" and ")} than the configuration has`,
      deploy,
    );
  if (circumstances === undefined)
    return of.ok("has the address that the configuration gives it; which grants to expect is not known");
  if (dependsOnAddress(config, listed.Storage))
    return of.ok("has the address that the configuration gives it; grants depend on the caller's address");
  return isDeepStrictEqual(sorted(listed.Grants), sorted(expected?.Grants ?? []))
    ? of.ok("is listed with the address and the grants that the configuration has")
    : of.failed("is listed with other grants than the configuration has", deploy);
}

/** From where the instance sees the doctor come is not known here. */
function dependsOnAddress({ grants }: Config, storage: string): boolean {
  return grants.all.some((grant) => grant.storage === storage && grant.sourceIps !== undefined);
}

function sorted(grants: StorageSummary["Grants"]): string[] {
  return grants.map((grant) => JSON.stringify(grant, Object.keys(grant).sort())).sort();
}
