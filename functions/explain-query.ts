import type { FieldFault } from "../shared/contract.ts";
import { mostPolicyCharacters } from "../shared/core/policy.ts";
import { readQuery } from "./query.ts";

/**
 * Reads the query of a request for an explanation: that of a request for credentials, and `policy`. With a policy it is
 * explained as the door for STS would answer it. What is in the policy is read where it is applied.
 *
 * @throws VendError `invalid_request`, which lists every fault of every parameter.
 * @example readExplainQuery('policy={"Version":"2012-10-17","Statement":[]}').sts // { policy: "{…}" }
 */
export function readExplainQuery(text: string) {
  const query = new URLSearchParams(text);
  const policies = query.getAll("policy");
  query.delete("policy");
  const { format: _, ...ask } = readQuery(query.toString(), faultsOf(policies));
  const [policy] = policies;
  return { ...ask, ...(policy !== undefined && { sts: { policy } }) };
}

function faultsOf(policies: string[]): FieldFault[] {
  if (policies.length > 1) return [{ field: "policy", message: "must be given once" }];
  const isInBounds = policies.every((policy) => policy !== "" && policy.length <= mostPolicyCharacters);
  return isInBounds ? [] : [{ field: "policy", message: `must be 1 to ${mostPolicyCharacters} characters` }];
}
