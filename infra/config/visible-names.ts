import { isDeepStrictEqual } from "node:util";
import type { OperationGroup } from "../../shared/contract.ts";
import type { Config } from "../../shared/core/config.ts";
import type { Grant } from "../../shared/core/grant.ts";
import { contains } from "../../shared/core/prefix.ts";
import { referencesIn } from "../../shared/core/template.ts";
import { isAws } from "./address.ts";
import type { Report } from "./faults.ts";
import { segmentsOf } from "./grant-templates.ts";
import { showWholeBucket } from "./operation-groups.ts";

/** Where a grant is in its bucket. */
interface GrantPlace {
  index: number;
  grant: Grant;
  /** The storage's prefix and the grant's. */
  prefix: string;
}

/**
 * Warns of groups by which the callers of one grant list names of what others have under another grant. Where the callers
 * of one grant would list each other's names, the check finds a fault.
 */
export function warnOfVisibleNames({ storages, grants }: Config, warn: Report): void {
  const buckets = new Map<string, GrantPlace[]>();
  for (const [index, grant] of grants.all.entries()) {
    const storage = storages.get(grant.storage);
    if (storage === undefined) continue;
    const store = isAws(storage.endpoint) ? storage.partition : storage.endpoint;
    const bucket = `${store} ${storage.bucket}`;
    const places = buckets.get(bucket) ?? [];
    places.push({ index, grant, prefix: storage.prefix + grant.prefix });
    buckets.set(bucket, places);
  }
  for (const places of buckets.values()) warnInBucket(places, warn);
}

function warnInBucket(places: readonly GrantPlace[], warn: Report): void {
  const templates = places.filter(({ prefix }) => isTemplate(prefix));
  const literals = places
    .filter(({ prefix }) => !isTemplate(prefix))
    .sort((one, other) => (one.prefix < other.prefix ? -1 : 1));
  for (const { index, grant, prefix } of literals) {
    if (grant.acknowledgeVisibleNames === true) continue;
    const isOthers = (other: GrantPlace) =>
      !contains(prefix, other.prefix) && !haveSameCallers(grant, other.grant);
    const shownBy = (group: OperationGroup): GrantPlace | undefined => {
      if (showWholeBucket.includes(group)) return places.find(isOthers);
      if (group !== "folder" || prefix === "") return undefined;
      const name = prefix.slice(0, -1);
      let at = firstFrom(literals, name);
      for (let other = literals[at]; other?.prefix.startsWith(name); other = literals[++at])
        if (isOthers(other)) return other;
      return templates.find((other) => canBeginWith(other, name) && isOthers(other));
    };
    for (const group of grant.also ?? []) {
      const other = shownBy(group);
      if (other !== undefined)
        warn(
          ["grants", index, "also"],
          `shows callers by ${group} the names of what others have under the grant ${other.grant.name}: take ${group} out, or set acknowledgeVisibleNames: true`,
        );
    }
  }
}

function isTemplate(prefix: string): boolean {
  return referencesIn(prefix).length > 0;
}

function haveSameCallers(one: Grant, other: Grant): boolean {
  const callers = ({ issuer, subject, claims }: Grant) => [issuer, subject, claims];
  return isDeepStrictEqual(callers(one), callers(other));
}

/** The first of the sorted places that is not before the text. Among 20,000 grants, comparing each with each takes minutes. */
function firstFrom(sorted: readonly GrantPlace[], text: string): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((sorted[middle]?.prefix ?? "") < text) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** May the template give a prefix that begins with the name? Compares segments: a value has one, or any number where it is deep. */
function canBeginWith({ grant, prefix }: GrantPlace, name: string): boolean {
  const patterns = [...(grant.subject ?? []), ...Object.values(grant.claims).flat()];
  const isDeep = patterns.some((pattern) => pattern.includes("...}"));
  const segments = segmentsOf(prefix);
  const parts = name.split("/");
  for (const [index, part] of parts.entries()) {
    const segment = segments[index] ?? "";
    const [lead = ""] = segment.split("${");
    const isLast = index === parts.length - 1;
    const mayFit = isTemplate(segment)
      ? part.startsWith(lead) || (isLast && lead.startsWith(part))
      : isLast
        ? segment.startsWith(part)
        : segment === part;
    if (!mayFit) return false;
    if (isDeep && isTemplate(segment)) return true;
  }
  return true;
}
