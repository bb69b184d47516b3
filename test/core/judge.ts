import { evaluate, parsePolicy } from "../../infra/local/aws/iam/evaluate.ts";

const everything = parsePolicy(
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] }),
);

/** Asks the independent judge what a session policy leaves of an identity that may do everything. */
export function judge(policy: string) {
  const session = [parsePolicy(policy)];
  return (action: string, resource: string, context: Record<string, string> = {}): boolean =>
    // With this name, a policy variable that was not escaped would resolve, and the test would see it.
    evaluate(
      { identity: [everything], session },
      { action, resource, context: { "aws:username": "alice", ...context } },
    ) === "allowed";
}
