import type * as z from "zod/mini";
import type { Place, Report } from "./faults.ts";

// Types only: one mention of `z.core` in code that runs would bring 400 kB with it.
type RawIssue = z.core.$ZodRawIssue;
type Issue = z.core.$ZodIssue;

/** What zod found, in a sentence for operators that never repeats the value. */
export function describe(issue: RawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined ? "is required" : `must be ${nouns[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return issue.input === undefined ? "is required" : `must be one of ${issue.values.join(", ")}`;
    case "invalid_union":
      return `must be one of ${(issue.options as readonly string[]).join(", ")}`;
    case "too_small":
      return issue.origin === "string" || issue.origin === "array"
        ? "must not be empty"
        : `must be at least ${issue.minimum}`;
    case "too_big":
      return `must be at most ${issue.maximum}${units[issue.origin] ?? ""}`;
    case "unrecognized_keys":
      return "is not known here";
    default:
      return "is not valid";
  }
}

const nouns: Record<string, string> = {
  string: "text",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a map",
  record: "a map",
};
const units: Record<string, string> = { string: " characters", array: " entries" };

/** Reports every issue where it stands; unknown keys one by one. */
export function reportIssues(issues: readonly Issue[], report: Report): void {
  for (const issue of issues) {
    const place = issue.path as Place;
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) report([...place, key], issue.message);
    } else if (issue.code === "invalid_key") {
      for (const { message } of issue.issues) report(place, message);
    } else {
      report(place, issue.message);
    }
  }
}
