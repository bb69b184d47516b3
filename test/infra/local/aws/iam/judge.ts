import { type Decision, evaluate, parsePolicy } from "../../../../../infra/local/aws/iam/evaluate.ts";

interface ReferenceStatement {
  Effect?: "Allow" | "Deny";
  Action?: string | string[];
  NotAction?: string | string[];
  Resource?: string | string[];
  NotResource?: string | string[];
  Condition?: Record<string, Record<string, unknown>>;
}

interface JudgedRequest {
  action?: string;
  resource?: string;
  context?: Record<string, string | readonly string[]>;
}

/** A policy of the version with variables. What a statement leaves out is as wide as it can be: Allow, `*`, `*`. */
export function policy(...statements: ReferenceStatement[]) {
  return policyOf("2012-10-17", ...statements);
}

export function policyOf(version: string, ...statements: ReferenceStatement[]) {
  const whole = statements.map((statement) => ({
    Effect: "Allow",
    ...("NotAction" in statement ? {} : { Action: "*" }),
    ...("NotResource" in statement ? {} : { Resource: "*" }),
    ...statement,
  }));
  return parsePolicy(JSON.stringify({ Version: version, Statement: whole }));
}

/** What one identity policy of these statements makes of the request. */
export function judge(statements: ReferenceStatement | ReferenceStatement[], asked: JudgedRequest): Decision {
  return evaluate({ identity: [policy(...[statements].flat())] }, request(asked));
}

export function request({ action = "s3:GetObject", resource = "*", context = {} }: JudgedRequest) {
  return { action, resource, context };
}
