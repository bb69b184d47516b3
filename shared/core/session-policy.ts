import type { IssueRequest } from "./issue-request.ts";
import { compilePolicy } from "./policy.ts";
import { enforcementOf } from "./storage.ts";

/**
 * The session policy that STS gets with a request; `undefined` for a way that takes none.
 *
 * @throws VendError as `compilePolicy` does.
 * @example sessionPolicyOf(request)?.length // 214
 */
export function sessionPolicyOf({
  storage,
  scope,
}: Pick<IssueRequest, "storage" | "scope">): string | undefined {
  return enforcementOf[storage.issue] === "session-policy" ? compilePolicy(scope, storage) : undefined;
}
