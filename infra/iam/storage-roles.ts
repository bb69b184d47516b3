import type { StorageOf } from "../../shared/core/storage.ts";
import { wayOf } from "../../shared/core/ways.ts";
import { type IamName, iamNameOf } from "./arns.ts";
import type { ReportFault } from "./fault.ts";
import { joinStatements } from "./join-statements.ts";
import { type PolicyDocument, type PolicyStatement, policyOf } from "./policy-document.ts";
import { ofWay, type StorageFacts } from "./storage-facts.ts";
import { unionOf } from "./union.ts";

/** IAM's shortest maximum of a role's sessions, and its usual one. */
const leastMaxSessionSeconds = 3_600;

/** A role of storages, as it has to be. */
export interface StorageRole extends IamName {
  /** Names of the storages whose sessions it has. */
  storages: readonly string[];
  /** Which callers may assume it. */
  trust: PolicyDocument;
  /** What its sessions may do at most; absent where nothing is granted. */
  rights?: PolicyDocument;
  maxSessionSeconds: number;
}

/** The facts of a storage whose sessions are a role's. */
export type RoleFacts = StorageFacts<StorageOf<"assume-role" | "web-identity">>;

/**
 * The roles that the storages of one place name, each once, with all that any of these storages needs of it.
 *
 * @param trustOf which callers a role's storages need it to trust. A role that nobody may assume is left out.
 * @example storageRoles(facts, trustOf, report)[0]?.maxSessionSeconds // 43_200
 */
export function storageRoles(
  facts: readonly StorageFacts[],
  trustOf: (role: IamName, ofRole: readonly RoleFacts[]) => PolicyStatement[],
  report: ReportFault,
): StorageRole[] {
  const withRoles: RoleFacts[] = [...ofWay("assume-role", facts), ...ofWay("web-identity", facts)];
  const roles = [...Map.groupBy(withRoles, ({ storage }) => storage.roleArn)].flatMap(
    ([arn, ofRole]): StorageRole[] => {
      const storages = ofRole.map(({ storage }) => storage.name);
      const role = iamNameOf(arn, "role");
      if (role === undefined) {
        report(
          storages,
          "the roleArn is none that IAM can make: give the role a name of 64 characters at most, and its path no empty part.",
        );
        return [];
      }
      const trust = policyOf(joinStatements(trustOf(role, ofRole)));
      if (trust === undefined) return [];
      const rights = policyOf(unionOf(ofRole.flatMap((each) => each.rights)));
      // By the storages and not by their grants, so that a grant for longer sessions needs no other role.
      const longest = ofRole.map(({ storage }) =>
        Math.min(storage.maxDurationSeconds, wayOf(storage).longestSeconds(storage)),
      );
      const maxSessionSeconds = Math.max(leastMaxSessionSeconds, ...longest);
      return [{ ...role, storages, trust, ...(rights && { rights }), maxSessionSeconds }];
    },
  );
  checkNames(roles, report);
  return roles;
}

/** In an account no two roles have one name, whatever their paths and their case. */
function checkNames(roles: readonly StorageRole[], report: ReportFault): void {
  const byName = Map.groupBy(roles, ({ account, name }) => `${account} ${name.toLowerCase()}`);
  for (const same of byName.values())
    if (same.length > 1)
      report(
        same.flatMap(({ storages }) => storages),
        `their roles differ only in path or case, and an account has one role of a name: give them other names, or the same ARN.`,
      );
}
