import type * as z from "zod/mini";
import { isObject } from "../../shared/core/claims.ts";
import { nameRule, nameSyntax } from "./document.ts";
import { type ConfigPlace, type Report, under } from "./faults.ts";

/** Checks an entry by its schema. If it has faults, they are reported and the result is `undefined`. */
export function readEntry<T>(schema: z.ZodMiniType<T>, entry: unknown, report: Report): T | undefined {
  const result = schema.safeParse(entry, { error: sentenceOf });
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const place = issue.path as ConfigPlace;
    if (issue.code !== "unrecognized_keys") report(place, issue.message);
    else for (const key of issue.keys) report([...place, key], issue.message);
  }
  return undefined;
}

interface NamedEntry {
  name: string;
  value: unknown;
  reportEntry: Report;
}

/** The entries of a section that is a map. */
export function readMap(section: unknown, most: number, report: Report): [key: string, value: unknown][] {
  if (!isObject(section)) report([], missingOr(section, "must be a map"));
  const entries = Object.entries(membersOf(section));
  if (entries.length > most) report([], `must have at most ${most} entries`);
  return entries;
}

/** The entries of a section that is a map by name. */
export function readNamed(section: unknown, most: number, report: Report): NamedEntry[] {
  return readMap(section, most, report).map(([name, value]) => {
    const reportEntry = under(report, name);
    if (!nameSyntax.test(name)) reportEntry([], nameRule);
    return { name, value, reportEntry };
  });
}

/** The entries of a section that is a list. */
export function readList(section: unknown, most: number, report: Report): unknown[] {
  if (!Array.isArray(section)) report([], missingOr(section, "must be a list"));
  else if (section.length > most) report([], `must have at most ${most} entries`);
  else return section;
  return [];
}

/** The members of a map. A value that is not a map has none. */
export function membersOf(value: unknown): Record<string, unknown> {
  return isObject(value) ? { ...value } : {};
}

/**
 * A fault in words for operators. The words never repeat the value, which may be a misplaced key.
 * `z.core` is used in types only: a use in code that runs would load 400 kB.
 */
function sentenceOf(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return missingOr(issue.input, `must be ${nouns[issue.expected] ?? issue.expected}`);
    case "invalid_value":
      return missingOr(issue.input, `must be ${issue.values.join(" or ")}`);
    case "too_small":
      return `must be at least ${issue.minimum}`;
    case "too_big":
      return `must be at most ${issue.maximum}`;
    default:
      return unknownKey;
  }
}

export const unknownKey = "is not known here";

function missingOr(value: unknown, otherwise: string): string {
  return value === undefined ? "is required" : otherwise;
}

const nouns: Record<string, string> = {
  string: "text",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a map",
};
