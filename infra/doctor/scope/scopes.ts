import type { StorageSummary } from "../../../shared/contract.ts";
import type { Scope } from "../../../shared/core/scope.ts";
import { parseTarget } from "../../../shared/core/target.ts";

/** What the doctor's identity may have of a storage, by one of its grants. */
export interface GrantedScope {
  storage: StorageSummary;
  /** As the list has them: `s3://bucket/prefix/`. */
  targets: readonly string[];
  scope: Scope;
  /** For a reader: `lake READ raw/`. */
  title: string;
}

/** The scopes of all storages that vend. A target that is none is left out: a scope without a prefix is never tried. */
export function scopesOf(storages: readonly StorageSummary[]): GrantedScope[] {
  return storages
    .filter(({ Vends }) => Vends)
    .flatMap((storage) =>
      storage.Grants.flatMap(({ Targets: targets, Permission: permission, Also: also }) => {
        const prefixes = targets.map(parseTarget).flatMap((place) => (place.ok ? place.value.prefix : []));
        if (prefixes.length === 0) return [];
        const scope = { bucket: storage.Bucket, prefixes, permission, ...(also && { also }) };
        const places = prefixes.map((prefix) => prefix || "everything").join(" ");
        return { storage, targets, scope, title: `${storage.Storage} ${permission} ${places}` };
      }),
    );
}
