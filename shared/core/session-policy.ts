import { compilePolicy } from "./policy.ts";
import type { Scope } from "./scope.ts";
import { isScopable, type PolicyWay, type VendingStorage } from "./ways.ts";

/** What STS is sent beside the rest of a request: always a policy, where a policy holds the scope; else never one. */
export type SessionPolicy<S extends VendingStorage> = S["issue"] extends infer W
  ? W extends PolicyWay
    ? string
    : undefined
  : never;

/**
 * The session policy that STS gets for a scope; `undefined` for a way that takes none.
 *
 * @throws VendError as `compilePolicy` does.
 * @example sessionPolicy(storage, scope)?.length // 214
 */
export function sessionPolicy<S extends VendingStorage>(storage: S, scope: Scope): SessionPolicy<S> {
  // The type says of each way what its record says at run time: both come from `ways`.
  return (isScopable(storage) ? compilePolicy(scope, storage) : undefined) as SessionPolicy<S>;
}
