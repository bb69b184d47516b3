import { boundedMap } from "./bounded-map.ts";
import { compilePolicy } from "./policy.ts";
import type { Scope } from "./scope.ts";
import { isScopable, type PolicyWay, type VendingStorage } from "./ways.ts";

/** What STS is sent beside the rest of a request: always a policy, where a policy holds the scope; else never one. */
export type SessionPolicy<S extends VendingStorage> = S["issue"] extends infer W
  ? W extends PolicyWay
    ? string
    : undefined
  : never;

/** Compiling costs as much as the rest of an answer from memory, and the same scopes come again. */
const mostRemembered = 1_000;
const compiled = new WeakMap<VendingStorage, ReturnType<typeof boundedMap<string, string>>>();

function policyOf(storage: VendingStorage, scope: Scope): string {
  const known = compiled.get(storage) ?? boundedMap<string, string>(mostRemembered);
  compiled.set(storage, known);
  // All that a scope is made of, so that no two have one text.
  const text = JSON.stringify(scope);
  const policy = known.get(text) ?? compilePolicy(scope, storage);
  known.set(text, policy);
  return policy;
}

/**
 * The session policy that STS gets for a scope; `undefined` for a way that takes none.
 *
 * @throws VendError as `compilePolicy` does.
 * @example sessionPolicy(storage, scope)?.length // 214
 */
export function sessionPolicy<S extends VendingStorage>(storage: S, scope: Scope): SessionPolicy<S> {
  // The type says of each way what its record says at run time: both come from `ways`.
  return (isScopable(storage) ? policyOf(storage, scope) : undefined) as SessionPolicy<S>;
}
