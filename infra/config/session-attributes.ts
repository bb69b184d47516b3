import { expandTemplate } from "../../shared/core/claim-template.ts";
import { sourceIdentitySyntax, tagValueSyntax } from "../../shared/core/session-attributes.ts";
import type { Storage, Way } from "../../shared/core/storage.ts";
import { wayOf, ways } from "../../shared/core/ways.ts";
import type { GrantEntry } from "./document.ts";
import type { Report } from "./faults.ts";

/** What a grant tells STS of its sessions must be something that STS takes, and that the storage's way passes on. */
export function checkAttributes(entry: GrantEntry, storage: Storage | undefined, report: Report): void {
  const { sourceIdentity, sessionTags = {} } = entry;
  if (sourceIdentity !== undefined && !comesTo(sourceIdentity, sourceIdentitySyntax))
    report(["sourceIdentity"], "must come to 2 to 64 letters, digits and _+=,.@- when its claims are put in");
  for (const [key, value] of Object.entries(sessionTags)) {
    if (!comesTo(value, tagValueSyntax))
      report(
        ["sessionTags", key],
        "must come to 1 to 256 letters, digits, spaces and _.:/=+@- when its claims are put in",
      );
  }
  for (const attribute of ["sourceIdentity", "sessionTags"] as const) {
    if (storage === undefined || entry[attribute] === undefined) continue;
    if (wayOf(storage).attributes.includes(attribute)) continue;
    const able = (Object.keys(ways) as Way[]).filter((issue) =>
      wayOf({ issue }).attributes.includes(attribute),
    );
    report([attribute], `cannot be told to STS by ${storage.issue}; ${able.join(", ")} could`);
  }
}

/** With claims as plain as can be, what is left to check is what the operator wrote around them. */
function comesTo(template: string, syntax: RegExp): boolean {
  const value = expandTemplate(template, () => "xx");
  return value !== undefined && syntax.test(value);
}
