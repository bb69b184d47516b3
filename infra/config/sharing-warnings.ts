import type { Config } from "../../shared/core/config.ts";
import { secretOf } from "../../shared/core/storage.ts";
import { isScopable, wayOf } from "../../shared/core/ways.ts";
import type { Report } from "./faults.ts";

/** What catalogs ask STS for unless they are told otherwise. */
const usualSeconds = 3_600;

const remedy =
  "a catalog that asks for 3600 s costs a call to STS for each request. Set half of it in the catalog: Lakekeeper's sts-token-validity-seconds, Nessie's session-duration, Polaris's STORAGE_CREDENTIAL_DURATION_SECONDS, Gravitino's s3-token-expire-in-secs. Unity Catalog's is fixed";

/**
 * Warns where a client key's sessions cannot last longer than catalogs are told: an answer of STS's door has at least what was
 * asked for left, so that callers share a session only if it was issued for more.
 */
export function warnOfUnshared({ storages, grants }: Config, warn: Report): void {
  for (const [index, { issuer, storage: name, maxDurationSeconds, mode }] of grants.all.entries()) {
    const storage = storages.get(name);
    if (storage === undefined || mode === "audit" || !issuer.includes("client-key")) continue;
    if (!wayOf(storage).isKept || !isScopable(storage)) continue;
    const place = ["grants", index];
    if (wayOf(storage).longestSeconds(storage) <= usualSeconds && secretOf(storage) === undefined)
      warn(
        place,
        `shares no session of an hour: AWS gives no more to a role that another role assumes, and ${remedy}. Or give storages.${name} a secret`,
      );
    else if (Math.min(maxDurationSeconds, storage.maxDurationSeconds) <= usualSeconds)
      warn(
        place,
        `shares no session of an hour, since that is the most that it or its storage allows, and ${remedy}. Or raise maxDurationSeconds of both, and of the role`,
      );
  }
}
