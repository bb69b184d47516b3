import type { Statement } from "../../shared/core/policy.ts";

/** What a condition compares, by operator and key. */
export type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** A statement of any policy: those of a role's trust name a principal, and those of rights a resource. */
export interface PolicyStatement {
  Effect: "Allow" | "Deny";
  Principal?: "*" | Readonly<Record<string, string | readonly string[]>>;
  Action: readonly string[];
  Resource?: readonly string[];
  Condition?: Conditions;
}

/** A policy in the form of its JSON. */
export interface PolicyDocument {
  Version: "2012-10-17";
  Statement: readonly PolicyStatement[];
}

/** A policy of these statements; `undefined` where there are none, since IAM takes no empty policy. */
export function policyOf(statements: readonly (PolicyStatement | Statement)[]): PolicyDocument | undefined {
  return statements.length > 0 ? { Version: "2012-10-17", Statement: statements } : undefined;
}
