import type { OperationGroup } from "../../shared/contract.ts";
import type { Config } from "../../shared/core/config.ts";
import type { Store } from "../../shared/core/dialect.ts";
import type { Storage, Way } from "../../shared/core/storage.ts";
import type { Report } from "./faults.ts";

/** Settings that a store takes no notice of, or for which its STS refuses every session. */
type Setting = Way | OperationGroup | "kmsKeyArn" | "externalId" | "sourceIdentity" | "sessionTags";
type Effect = "ignored" | "refused";

/**
 * As it was seen on Ceph's gateway 16.2, MinIO of February 2026 and SeaweedFS of November 2026. Later versions may know
 * more, so that this is a warning.
 */
const seen: { readonly [S in Store]?: { readonly [Each in Setting]?: Effect } } = {
  minio: {
    "session-token": "refused",
    "federation-token": "refused",
    kmsKeyArn: "refused",
    externalId: "ignored",
    sourceIdentity: "ignored",
    sessionTags: "ignored",
  },
  ceph: {
    "federation-token": "refused",
    kmsKeyArn: "refused",
    externalId: "ignored",
    attributes: "refused",
    sourceIdentity: "ignored",
    sessionTags: "ignored",
  },
  seaweedfs: {
    "session-token": "refused",
    kmsKeyArn: "ignored",
    externalId: "ignored",
    sourceIdentity: "ignored",
    sessionTags: "ignored",
  },
};

const words: { readonly [E in Effect]: (store: Store) => string } = {
  ignored: (store) => `was seen to be ignored by ${store}`,
  refused: (store) => `was seen to be refused by the STS of ${store}, so that nothing is issued`,
};

/** Warns of settings that the store of a storage was seen to ignore or to refuse. */
export function warnOfStores({ storages, grants }: Config, warn: Report): void {
  for (const storage of storages.values()) {
    if ("stsEndpoint" in storage && isGlobalSts(storage.stsEndpoint) && !isOnByDefault(storage.region))
      warn(
        ["storages", storage.name, "stsEndpoint"],
        `is the global one, whose sessions are good in ${storage.region} only if the account says so (sts set-security-token-service-preferences): leave it out, or give the STS of a region`,
      );
    if (storage.store === undefined) continue;
    warnOf(storage, storage.issue, ["storages", storage.name, "issue"], warn);
    for (const setting of ["kmsKeyArn", "externalId", "sourceIdentity"] as const)
      if (setting in storage) warnOf(storage, setting, ["storages", storage.name, setting], warn);
  }
  for (const [index, grant] of grants.all.entries()) {
    const storage = storages.get(grant.storage);
    if (storage === undefined) continue;
    for (const setting of ["sourceIdentity", "sessionTags"] as const)
      if (grant[setting] !== undefined) warnOf(storage, setting, ["grants", index, setting], warn);
    for (const group of grant.also ?? [])
      warnOf(storage, group, ["grants", index, "also"], (place, message) =>
        warn(place, `has ${group}, which ${message}`),
      );
  }
}

function isGlobalSts(stsEndpoint: string | undefined): boolean {
  return stsEndpoint !== undefined && new URL(stsEndpoint).hostname === "sts.amazonaws.com";
}

/** Regions since 2019 are off until an account opts in. These were there before. */
function isOnByDefault(region: string): boolean {
  return /^(?:us-(?:east|west)-[12]|ca-central-1|sa-east-1|eu-(?:central-1|north-1|west-[123])|ap-(?:northeast-[123]|south-1|southeast-[12]))$/.test(
    region,
  );
}

function warnOf({ store }: Storage, setting: Setting, place: (string | number)[], warn: Report): void {
  const effect = store === undefined ? undefined : seen[store]?.[setting];
  if (store !== undefined && effect !== undefined) warn(place, words[effect](store));
}
