import type { FieldFault } from "../shared/contract.ts";
import { leastStsSeconds } from "../shared/core/duration.ts";
import { leastDurationSeconds } from "../shared/core/expiry.ts";
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
  const [policy] = policies;
  const shortSeconds = policy === undefined ? undefined : shortDurationOf(query);
  if (shortSeconds !== undefined) query.delete("durationSeconds");
  const { format: _, ...ask } = readQuery(query.toString(), faultsOf(policies));
  return {
    ...ask,
    ...(shortSeconds !== undefined && { durationSeconds: shortSeconds }),
    ...(policy !== undefined && { sts: { policy } }),
  };
}

/** Callers of STS may ask for less than others. */
function shortDurationOf(query: URLSearchParams): number | undefined {
  const [text = "", ...others] = query.getAll("durationSeconds");
  const seconds = /^\d{3,4}$/.test(text) && others.length === 0 ? Number(text) : 0;
  return seconds >= leastStsSeconds && seconds < leastDurationSeconds ? seconds : undefined;
}

function faultsOf(policies: string[]): FieldFault[] {
  if (policies.length > 1) return [{ field: "policy", message: "must be given once" }];
  const isInBounds = policies.every((policy) => policy !== "" && policy.length <= mostPolicyCharacters);
  return isInBounds ? [] : [{ field: "policy", message: `must be 1 to ${mostPolicyCharacters} characters` }];
}
