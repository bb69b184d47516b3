import { type Storage, secretOf } from "../../shared/core/storage.ts";
import { isScopable } from "../../shared/core/ways.ts";
import { mayBeOneSecret } from "../deploy/secret-names.ts";
import type { Report } from "./faults.ts";

/**
 * Reports a storage that is held to its scope by a session policy, but whose secret another storage uses to vend more
 * than that: a client with the session of the key's user, or with the key itself, could ask STS for the scoped storage's
 * session without the policy.
 */
export function checkSharedSecrets(storages: readonly Storage[], report: Report): void {
  const unscoped = storages.filter((storage) => !isScopable(storage));
  for (const scoped of storages.filter(isScopable)) {
    const twin = unscoped.find((storage) => areOne(storage, scoped));
    if (twin !== undefined)
      report(
        [scoped.name, "secret"],
        `is the secret of storages.${twin.name} too, which is ${twin.issue}: its clients could assume more than their scope here. Give each a secret of its own, with keys of two users`,
      );
  }
}

/** Whether two storages have one secret, or may have one. */
export function areOne(one: Storage, other: Storage): boolean {
  const [a, b] = [secretOf(one), secretOf(other)];
  return a !== undefined && b !== undefined && mayBeOneSecret(a, b);
}
