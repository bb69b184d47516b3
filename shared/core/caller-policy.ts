import { VendError } from "./errors.ts";
import type { PolicySetting } from "./policy.ts";
import type { Scope } from "./scope.ts";

/** A session policy that allows what a scope and a caller's policy both allow. */
export interface Intersection {
  /** The policy for STS. */
  policy: string;
  /** What the caller's policy allows and the result does not, in short sentences for the operator. */
  removed: readonly string[];
}

/**
 * The session policy that allows what a scope and the caller's own session policy both allow, as AWS does it.
 *
 * @throws VendError `invalid_request` with the field `policy` for a policy that is malformed or not understood, `no_grant`
 * where nothing is left, `policy_too_large`; and what `compilePolicy` throws.
 */
export function intersectPolicy(
  _scope: Scope,
  _setting: PolicySetting,
  _callersPolicy: string,
): Intersection {
  throw new VendError("internal", "Callers' session policies are not built yet.");
}
