import type { RequestContext } from "./context.ts";
import type { Matcher } from "./operators.ts";

/** `Null`: asks whether the key is missing. */
interface PresenceCondition {
  kind: "presence";
  /** In lower case. */
  key: string;
  /** The condition holds for each of these answers. */
  missing: readonly boolean[];
}

interface ComparisonCondition {
  kind: "comparison";
  key: string;
  /** `all` and `any` stand for `ForAllValues:` and `ForAnyValue:`. */
  values: "single" | "all" | "any";
  negated: boolean;
  ifExists: boolean;
  /** A match by one of them is enough. */
  matchers: readonly Matcher[];
}

/** One operator on one key. */
export type PolicyCondition = PresenceCondition | ComparisonCondition;

/**
 * Whether the condition holds for the request. `undefined` if IAM's documentation leaves it open, which is so for a key
 * with several values under an operator for one value.
 */
export function holds(condition: PolicyCondition, context: RequestContext): boolean | undefined {
  const actual = context.get(condition.key);
  const isMissing = actual === undefined || (typeof actual !== "string" && isNullSet(actual));
  if (condition.kind === "presence") return condition.missing.includes(isMissing);
  if (isMissing && condition.ifExists) return true;

  const values = isMissing ? [] : [actual].flat();
  const matches = (value: string) =>
    condition.negated !== condition.matchers.some((matcher) => matcher(value, context));
  if (condition.values === "all") return isNullSet(values) || values.every(matches);
  if (condition.values === "any") return !isNullSet(values) && values.some(matches);

  const [value, ...more] = values;
  if (more.length > 0) return undefined;
  // A missing key is equal to nothing and like nothing, so that a negated operator holds.
  return value === undefined ? condition.negated : matches(value);
}

/** Whether there are no values, "or a null dataset, such as an empty string". The set operators treat both alike. */
function isNullSet(values: readonly string[]): boolean {
  return values.every((value) => value === "");
}
