import { readCallersPolicy } from "./caller-policy-document.ts";
import { removedFrom } from "./caller-policy-removed.ts";
import { denialsBy, grantedBy, rightsOnKeys, rightsOnS3, without } from "./caller-policy-rights.ts";
import { statementsFor } from "./caller-policy-statements.ts";
import { VendError } from "./errors.ts";
import { type PolicySetting, writePolicy } from "./policy.ts";
import type { Scope } from "./scope.ts";

/**
 * The session policy that allows what a scope and the caller's own session policy both allow, as AWS does it with a role's
 * policy. It is canonical: neither the order of the caller's statements, members and lists shows in it, nor its Sids.
 *
 * @returns the policy for STS; and what the caller's policy allows and the result does not, in sentences for the operator
 * @throws VendError `invalid_request` with the field `policy` for a policy that is malformed or not understood; `no_grant` where
 * nothing is left, since STS takes no policy for the role's full rights; `policy_too_large` for a result that is; and what
 * `compilePolicy` throws, but not for the length of the grant's own policy.
 * @example intersectPolicy(scope, storage, policy).removed // ["s3:GetObjectVersion is not granted."]
 */
export function intersectPolicy(
  scope: Scope,
  setting: PolicySetting,
  callersPolicy: string,
): { policy: string; removed: readonly string[] } {
  const granted = grantedBy(scope, setting);
  const statements = readCallersPolicy(callersPolicy, setting);
  const allows = statements.filter(({ effect }) => effect === "Allow");
  const denies = statements.filter(({ effect }) => effect === "Deny");

  const allowed = rightsOnS3(granted, allows);
  const onS3 = without(denies, allowed);
  const rights = [...onS3, ...without(denies, rightsOnKeys(granted, allows, onS3))];
  const inForce = denies.filter((deny) => denialsBy(deny, allowed, granted).length > 0);
  const removed = removedFrom(statements, granted, inForce);
  // The answer itself tells the location: a session that may ask for it and no more is of no use.
  if (onS3.every(({ action }) => action === "s3:GetBucketLocation")) {
    // Where a place is wrong, the rights that are missing beside are not the reason.
    const reason = removed.find((sentence) => sentence.endsWith("outside of the grant.")) ?? removed[0];
    const words = `The session policy leaves nothing of the grant. ${reason ?? "It allows nothing of it."}`;
    throw new VendError("no_grant", words, { removed });
  }
  const denials = denies.flatMap((deny) => denialsBy(deny, rights, granted));
  const subject = "what this session policy and the grant both allow";
  return {
    policy: writePolicy(statementsFor(rights, denials, granted.service), setting.dialect, subject),
    removed,
  };
}
