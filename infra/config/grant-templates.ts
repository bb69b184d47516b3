import { faultOfClaimName } from "../../shared/core/claims.ts";
import { canHold } from "../../shared/core/pattern.ts";
import { referencesIn } from "../../shared/core/template.ts";
import type { GrantEntry } from "./document.ts";
import type { ConfigPlace, Report } from "./faults.ts";
import type { CaptureNames } from "./grant-patterns.ts";

const templateRule =
  "must refer to claims as ${claims.name}, to captures of the conditions as ${name}, and to nothing else";

/** The templates of a grant, each with its place. */
export function templatesWithPlaces({
  prefix,
  sourceIdentity,
  sessionTags = {},
}: Pick<GrantEntry, "prefix" | "sourceIdentity" | "sessionTags">): [ConfigPlace, string][] {
  const templates: [ConfigPlace, string][] = Object.entries(sessionTags).map(([key, value]) => [
    ["sessionTags", key],
    value,
  ]);
  if (sourceIdentity !== undefined) templates.unshift([["sourceIdentity"], sourceIdentity]);
  if (prefix !== undefined) templates.unshift([["prefix"], prefix]);
  return templates;
}

/** The segments of a prefix's template. A slash in a reference is part of a claim's name. */
export function segmentsOf(template: string): string[] {
  return template.split(/\/(?![^{]*\})/);
}

/** Checks the references of a grant's templates, and that different values never give the same text. */
export function checkTemplates(entry: GrantEntry, captures: CaptureNames, report: Report): void {
  for (const [place, template] of templatesWithPlaces(entry)) {
    checkReferences(template, captures, (message) => report(place, message));
    if (!entry.acknowledgeSharedFolders && isAmbiguous(template, captures)) report(place, ambiguityFault);
  }
}

const ambiguityFault =
  "joins values so that different ones can give the same text (a-b and c, a and b-c): put a character between them that no value can have, such as /, or set acknowledgeSharedFolders: true";

function checkReferences(template: string, captures: CaptureNames, report: (message: string) => void): void {
  if (/[{}]/.test(template.replaceAll(/\$\{[^{}]+\}/g, ""))) report(templateRule);
  for (const { kind, name } of referencesIn(template)) {
    const fault = kind === "claim" ? faultOfClaimName(name) : undefined;
    if (fault !== undefined) report(`refers to the claim ${name}, which ${fault}`);
    if (name === "" || (kind === "capture" && !captures.has(name))) report(templateRule);
  }
}

/** Whether two values meet without a character between them that neither of them can have. */
function isAmbiguous(template: string, captures: CaptureNames): boolean {
  const references = referencesIn(template);
  const literals = template.split(/\$\{[^}]*\}/);
  return literals.slice(1, -1).some((literal, index) => {
    const beside = [references[index], references[index + 1]];
    const isDeep = beside.some(
      (reference) => reference?.kind === "capture" && captures.get(reference.name)?.isDeep === true,
    );
    return Array.from(literal).every((character) => canHold({ isDeep }, character));
  });
}
