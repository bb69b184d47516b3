import { simplestName } from "../../shared/core/claims.ts";
import { listOf } from "./document.ts";
import type { Report } from "./faults.ts";

/** What is wrong with a JSON Pointer where claims are given, and not read. */
export const nestedClaim = "is no name of a claim: write the claims as they are nested";

/** Texts by the simplest names of their claims. A second name of one claim is a fault: its texts would be lost. */
export function byClaim(entry: Record<string, string | string[]>, report: Report): Record<string, string[]> {
  const texts = new Map<string, string[]>();
  for (const [name, values] of Object.entries(entry)) {
    const simplest = simplestName(name);
    if (texts.has(simplest)) report([name], `is the same claim as ${simplest}`);
    texts.set(simplest, listOf(values));
  }
  return Object.fromEntries(texts);
}
