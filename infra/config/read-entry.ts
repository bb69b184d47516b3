import type * as z from "zod/mini";
import { nameRule, nameSyntax } from "./document.ts";
import { type ConfigPlace, type Report, under } from "./faults.ts";

/** Checks an entry by its schema; `undefined` when there was something to report. */
export function readEntry<T>(schema: z.ZodMiniType<T>, entry: unknown, report: Report): T | undefined {
  const checked = schema.safeParse(entry, { error: sentenceOf });
  if (checked.success) return checked.data;
  for (const issue of checked.error.issues) {
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

/** The entries of a section that is a map by name. */
export function readNamed(section: unknown, most: number, report: Report): NamedEntry[] {
  if (!isMap(section)) report([], missingOr(section, "must be a map"));
  const entries = Object.entries(membersOf(section));
  if (entries.length > most) report([], `must be at most ${most} entries`);
  return entries.map(([name, value]) => {
    const reportEntry = under(report, name);
    if (!nameSyntax.test(name)) reportEntry([], nameRule);
    return { name, value, reportEntry };
  });
}

/** The entries of a section that is a list. */
export function readList(section: unknown, most: number, report: Report): unknown[] {
  if (!Array.isArray(section)) report([], missingOr(section, "must be a list"));
  else if (section.length > most) report([], `must be at most ${most} entries`);
  else return section;
  return [];
}

/** The members of a map, none where it is no map. */
export function membersOf(value: unknown): Record<string, unknown> {
  return isMap(value) ? { ...value } : {};
}

function isMap(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * What is wrong, in words for operators that never repeat the value: it may be a key that was misplaced.
 * `z.core` stands in types only: one mention of it in code that runs would bring 400 kB with it.
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
