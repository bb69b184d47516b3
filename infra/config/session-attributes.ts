import { sourceIdentitySyntax, tagValueSyntax } from "../../shared/core/session-attributes.ts";
import type { Storage, Way } from "../../shared/core/storage.ts";
import { expandTemplate, referencesIn } from "../../shared/core/template.ts";
import { wayOf, ways } from "../../shared/core/ways.ts";
import type { GrantEntry } from "./document.ts";
import type { Report } from "./faults.ts";
import type { CaptureNames } from "./grant-patterns.ts";

/** What a grant tells STS of its sessions must be something that STS takes, and that the storage's way passes on. */
export function checkAttributes(
  entry: GrantEntry,
  storage: Storage | undefined,
  captures: CaptureNames,
  report: Report,
): void {
  const { sourceIdentity, sessionTags = {} } = entry;
  if (sourceIdentity !== undefined && !comesTo(sourceIdentity, captures, sourceIdentitySyntax))
    report(["sourceIdentity"], "must come to 2 to 64 letters, digits and _+=,.@- when its claims are put in");
  for (const [key, value] of Object.entries(sessionTags)) {
    if (!comesTo(value, captures, tagValueSyntax))
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

/** With values as plain as can be, what is left to check is what the operator wrote around them. */
function comesTo(template: string, captureNames: CaptureNames, syntax: RegExp): boolean {
  const captures = Object.fromEntries(
    referencesIn(template).map(({ name }) => [name, captureNames.get(name)?.isDeep ? "xx/xx" : "xx"]),
  );
  const value = expandTemplate(template, { read: () => "xx", captures });
  return value !== undefined && syntax.test(value);
}
