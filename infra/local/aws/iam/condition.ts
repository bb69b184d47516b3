import type { RequestContext } from "./context.ts";
import type { Matcher } from "./operators.ts";

/** `Null`: asks whether the key is missing. */
interface PresenceCondition {
  kind: "presence";
  /** In lower case. */
  key: string;
  /** Any of these answers makes it hold. */
  missing: readonly boolean[];
}

interface ComparisonCondition {
  kind: "comparison";
  key: string;
  /** `all` and `any` stand for `ForAllValues:` and `ForAnyValue:`. */
  values: "single" | "all" | "any";
  negated: boolean;
  ifExists: boolean;
  /** Any of these matches. */
  matchers: readonly Matcher[];
}

/** One operator on one key. */
export type PolicyCondition = PresenceCondition | ComparisonCondition;

/**
 * Whether the condition holds for the request; `undefined` where IAM's documentation leaves it open: a key with
 * several values under an operator for one.
 */
export function holds(condition: PolicyCondition, context: RequestContext): boolean | undefined {
  const found = context.get(condition.key);
  const missing = found === undefined || (typeof found !== "string" && isNullSet(found));
  if (condition.kind === "presence") return condition.missing.includes(missing);
  if (missing && condition.ifExists) return true;

  const values = missing ? [] : [found].flat();
  const matches = (value: string) =>
    condition.negated !== condition.matchers.some((matcher) => matcher(value, context));
  if (condition.values === "all") return isNullSet(values) || values.every(matches);
  if (condition.values === "any") return !isNullSet(values) && values.some(matches);

  const [value, ...more] = values;
  if (more.length > 0) return undefined;
  // A missing key is equal to nothing and like nothing, which is what a negated operator asks for.
  return value === undefined ? condition.negated : matches(value);
}

/** No values, "or a null dataset, such as an empty string", which the set operators take for the same. */
function isNullSet(values: readonly string[]): boolean {
  return values.every((value) => value === "");
}
