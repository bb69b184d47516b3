import { captureNamesIn, faultOfPattern, isDeepIn } from "../../shared/core/pattern.ts";
import { type GrantEntry, listOf } from "./document.ts";
import type { ConfigPlace, Report } from "./faults.ts";

/** The names that a grant's conditions capture. A deep one may have values of several segments. */
export type CaptureNames = ReadonlyMap<string, { isDeep: boolean }>;

/**
 * Checks the patterns of a grant's conditions, and collects the names that they capture. All patterns of a condition
 * must capture the same names: a template that refers to a name gives nothing for a caller whose pattern did not
 * capture it.
 */
export function checkPatterns({ subject, claims = {} }: GrantEntry, report: Report): CaptureNames {
  const captures = new Map<string, { isDeep: boolean }>();
  const conditions: [ConfigPlace, string[]][] = Object.entries(claims).map(([name, patterns]) => [
    ["claims", name],
    listOf(patterns),
  ]);
  if (subject !== undefined) conditions.unshift([["subject"], listOf(subject)]);
  for (const [place, patterns] of conditions) {
    for (const fault of new Set(patterns.map(faultOfPattern))) if (fault !== undefined) report(place, fault);
    const names = new Set(patterns.flatMap(captureNamesIn));
    for (const name of names) {
      if (name === "claims")
        report(place, "must not capture the name claims, which templates use for claims");
      if (!patterns.every((pattern) => captureNamesIn(pattern).includes(name)))
        report(place, `must capture {${name}} in each of its patterns, or in none`);
      const isDeep = patterns.some((pattern) => isDeepIn(pattern, name));
      captures.set(name, { isDeep: isDeep || captures.get(name)?.isDeep === true });
    }
  }
  return captures;
}
