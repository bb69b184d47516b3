import type { OperationGroup } from "../../shared/contract.ts";
import { groupsWithin } from "../../shared/core/operations.ts";
import type { Storage } from "../../shared/core/storage.ts";
import { referencesIn } from "../../shared/core/template.ts";
import { isScopable } from "../../shared/core/ways.ts";
import type { GrantEntry } from "./document.ts";
import type { Report } from "./faults.ts";
import type { CaptureNames } from "./grant-patterns.ts";
import { segmentsOf } from "./grant-templates.ts";

/** Groups by which a caller lists names in the whole bucket. */
export const showWholeBucket: readonly OperationGroup[] = ["uploads", "bucket-check"];

/**
 * Checks the operation groups of a grant: the storage's way can hold them, each adds something to the permission, and no
 * caller sees names of another caller's folders unless the grant says that this is known.
 */
export function checkOperationGroups(
  entry: GrantEntry,
  storage: Storage | undefined,
  captures: CaptureNames,
  report: Report,
): void {
  const { also = [], permission, prefix = "", acknowledgeVisibleNames } = entry;
  if (also.length > 0 && storage !== undefined && !isScopable(storage))
    report(["also"], `cannot be enforced by ${storage.issue}, for which no policy is written`);
  const adding = groupsWithin(permission, also);
  for (const [index, group] of also.entries()) {
    const place = ["also", index];
    if (also.indexOf(group) < index) report(place, "stands there twice");
    else if (!adding.includes(group))
      report(
        place,
        `adds nothing to ${permission}: it needs ${permission === "READ" ? "WRITE" : "READ"} as well`,
      );
    else if (acknowledgeVisibleNames !== true && showsOthers(group, prefix, captures))
      report(
        place,
        `would show callers the names of each other's ${group === "uploads" ? "uploads" : "keys"}: take it out, or set acknowledgeVisibleNames: true`,
      );
  }
}

/** Does a group show one caller names under a prefix that the template gives to another? */
function showsOthers(group: OperationGroup, prefix: string, captures: CaptureNames): boolean {
  if (showWholeBucket.includes(group)) return referencesIn(prefix).length > 0;
  if (group !== "folder") return false;
  // The list of `acme` has all of `acme-test`, too.
  const lastSegment = segmentsOf(prefix.replace(/\/$/, "")).at(-1) ?? "";
  // A value of several segments may go on where the folder ends.
  const isDeep = ({ kind, name }: { kind: string; name: string }) =>
    kind === "capture" && captures.get(name)?.isDeep === true;
  return referencesIn(lastSegment).length > 0 || referencesIn(prefix).some(isDeep);
}
