import { faultOfClaimName } from "../../shared/core/claims.ts";
import { referencesIn } from "../../shared/core/template.ts";
import type { GrantEntry } from "./document.ts";
import type { ConfigPlace, Report } from "./faults.ts";
import type { CaptureNames } from "./grant-patterns.ts";

const templateRule =
  "must refer to claims as ${claims.name}, to what a condition captures as ${name}, and to nothing else";

/** Characters that values may hold; those of several segments hold slashes too. */
const plainCharacters = "A-Za-z0-9_.@=+-";
const deepCharacters = `${plainCharacters}/`;

/** Checks what a grant's templates refer to, and that different values never come to one text. */
export function checkTemplates(entry: GrantEntry, captures: CaptureNames, report: Report): void {
  const { prefix, sourceIdentity, sessionTags = {}, acknowledgeSharedFolders } = entry;
  const templates: [ConfigPlace, string | undefined][] = [
    [["prefix"], prefix],
    [["sourceIdentity"], sourceIdentity],
    ...Object.entries(sessionTags).map(([key, value]): [ConfigPlace, string] => [
      ["sessionTags", key],
      value,
    ]),
  ];
  for (const [place, template] of templates) {
    if (template === undefined) continue;
    checkReferences(template, captures, (message) => report(place, message));
    if (!acknowledgeSharedFolders && isAmbiguous(template, captures)) report(place, ambiguous);
  }
}

const ambiguous =
  "puts values together so that different ones can come to one text (a-b and c, a and b-c): put a character between them that no value can hold, such as /, or say acknowledgeSharedFolders: true";

function checkReferences(template: string, captures: CaptureNames, report: (message: string) => void): void {
  if (template.replaceAll(/\$\{[^{}]+\}/g, "").includes("${")) report(templateRule);
  for (const { kind, name } of referencesIn(template)) {
    const fault = kind === "claim" ? faultOfClaimName(name) : undefined;
    if (fault !== undefined) report(`refers to the claim ${name}, which ${fault}`);
    if (name === "" || (kind === "capture" && !captures.has(name))) report(templateRule);
  }
}

/** Do two values meet without a character between them that neither can hold? */
function isAmbiguous(template: string, captures: CaptureNames): boolean {
  const references = referencesIn(template);
  const literals = template.split(/\$\{[^}]*\}/);
  return literals.slice(1, -1).some((literal, index) => {
    const beside = [references[index], references[index + 1]];
    const isDeep = beside.some(
      (reference) => reference?.kind === "capture" && captures.get(reference.name)?.isDeep,
    );
    return new RegExp(`^[${isDeep ? deepCharacters : plainCharacters}]*$`).test(literal);
  });
}
