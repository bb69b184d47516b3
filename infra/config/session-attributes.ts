import { claimsOf, expandTemplate } from "../../shared/core/claim-template.ts";
import { sourceIdentitySyntax, tagValueSyntax, waysThatTake } from "../../shared/core/session-attributes.ts";
import type { Storage } from "../../shared/core/storage.ts";
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
    const ways = waysThatTake[attribute];
    if (storage !== undefined && entry[attribute] !== undefined && !ways.includes(storage.issue))
      report([attribute], `cannot be told to STS by ${storage.issue}; ${ways.join(", ")} could`);
  }
}

/** With claims as plain as can be, what is left to check is what the operator wrote around them. */
function comesTo(template: string, syntax: RegExp): boolean {
  const plain = Object.fromEntries(claimsOf(template).map((name) => [name, "xx"]));
  const value = expandTemplate(template, plain);
  return value !== undefined && syntax.test(value);
}
