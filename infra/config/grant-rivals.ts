import type { Permission } from "../../shared/contract.ts";
import type { Config } from "../../shared/core/config.ts";
import { covers, narrow, type Scope } from "../../shared/core/scope.ts";
import type { Report } from "./faults.ts";
import { sampleScope } from "./grant-policy.ts";

/** What a caller can ask for at last, when it has named a target. */
const permissions: readonly Permission[] = ["READ", "WRITE", "READWRITE"];

interface Rival {
  name: string;
  scope: Scope;
}

/**
 * Warns of two grants of the same callers and the same prefix, each with operations that the other lacks: whatever a caller
 * asks for, neither is the widest.
 */
export function warnOfRivals({ storages, grants }: Config, warn: Report): void {
  const rivals = new Map<string, Map<string, Rival>>();
  for (const [index, grant] of grants.all.entries()) {
    const storage = storages.get(grant.storage);
    if (storage === undefined || grant.mode === "audit") continue;
    const { issuer, subject, claims, sourceIps, externalId, prefix, name, permission, also } = grant;
    const key = JSON.stringify([grant.storage, prefix, issuer, subject, claims, sourceIps, externalId]);
    // One of those that add the same stands for all of them.
    const earlier = rivals.get(key) ?? new Map<string, Rival>();
    const scope = sampleScope(grant, storage);
    const rival = [...earlier.values()].find((other) => isOpen(other.scope, scope));
    if (rival !== undefined)
      warn(
        ["grants", index, "also"],
        `leaves callers none that is widest: ${rival.name} adds other operations for the same callers and prefix; join the two grants`,
      );
    earlier.set(`${permission} ${also}`, { name, scope });
    rivals.set(key, earlier);
  }
}

/** Is there a permission that both give, and of which neither has all that the other adds? */
function isOpen(one: Scope, other: Scope): boolean {
  return permissions.some((permission) => {
    const [mine, others] = [narrow(one, { permission }), narrow(other, { permission })];
    return mine.ok && others.ok && !covers(mine.scope, others.scope) && !covers(others.scope, mine.scope);
  });
}
