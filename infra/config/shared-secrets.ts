import { type Storage, secretOf } from "../../shared/core/storage.ts";
import { isScopable } from "../../shared/core/ways.ts";
import type { Report } from "./faults.ts";

/**
 * Reports a storage that is held to its scope by a session policy, but whose secret another storage uses to vend more
 * than that: a client with the session of the key's user, or with the key itself, could ask STS for the scoped storage's
 * session without the policy.
 */
export function checkSharedSecrets(storages: readonly Storage[], report: Report): void {
  const unscoped = storages.filter((storage) => !isScopable(storage));
  for (const scoped of storages.filter(isScopable)) {
    const twin = unscoped.find((storage) => areOne(secretOf(storage), secretOf(scoped)));
    if (twin !== undefined)
      report(
        [scoped.name, "secret"],
        `is the secret of storages.${twin.name} too, which is ${twin.issue}: its clients could assume more than their scope here. Give each a secret of its own, with keys of two users`,
      );
  }
}

/** Whether two secrets may be one. A name may well be the name in an ARN: the functions' account and region are not known here. */
export function areOne(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return one === other || nameOf(one) === other || one === nameOf(other);
}

/** The name of the secret in an ARN, which AWS ends with a hyphen and six characters. */
function nameOf(secret: string): string {
  return secret.replace(/^arn:(?:[^:]*:){5}(.+)-[A-Za-z0-9]{6}$/, "$1");
}
