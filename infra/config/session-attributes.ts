import { sourceIdentitySyntax, tagValueSyntax } from "../../shared/core/session-attributes.ts";
import type { Storage, Way } from "../../shared/core/storage.ts";
import { expandTemplate, referencesIn } from "../../shared/core/template.ts";
import { wayOf, ways } from "../../shared/core/ways.ts";
import type { GrantEntry } from "./document.ts";
import type { Report } from "./faults.ts";
import type { CaptureNames } from "./grant-patterns.ts";

/** Checks a grant's source identity and session tags: STS must accept them, and the storage's way must pass them on. */
export function checkAttributes(
  entry: GrantEntry,
  storage: Storage | undefined,
  captures: CaptureNames,
  report: Report,
): void {
  const { sourceIdentity, sessionTags = {} } = entry;
  if (sourceIdentity !== undefined && !expandsTo(sourceIdentity, captures, sourceIdentitySyntax))
    report(
      ["sourceIdentity"],
      "must give 2 to 64 letters, digits and _+=,.@- after its claims are filled in",
    );
  for (const [key, value] of Object.entries(sessionTags)) {
    if (!expandsTo(value, captures, tagValueSyntax))
      report(
        ["sessionTags", key],
        "must give 1 to 256 letters, digits, spaces and _.:/=+@- after its claims are filled in",
      );
  }
  for (const attribute of ["sourceIdentity", "sessionTags"] as const) {
    if (storage === undefined || entry[attribute] === undefined) continue;
    if (wayOf(storage).attributes.includes(attribute)) continue;
    const otherWays = (Object.keys(ways) as Way[]).filter((issue) =>
      wayOf({ issue }).attributes.includes(attribute),
    );
    report([attribute], `cannot be passed to STS by ${storage.issue}: use ${otherWays.join(" or ")}`);
  }
}

/** Fills in the plainest values, so that the check is about the operator's own text around them. */
function expandsTo(template: string, captureNames: CaptureNames, syntax: RegExp): boolean {
  const captures = Object.fromEntries(
    referencesIn(template).map(({ name }) => [name, captureNames.get(name)?.isDeep ? "xx/xx" : "xx"]),
  );
  const value = expandTemplate(template, { read: () => "xx", captures });
  return value !== undefined && syntax.test(value);
}
