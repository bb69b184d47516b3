import { type ExpectedIam, storageUser } from "./expected.ts";
import type { ReportFault } from "./fault.ts";
import { keyUsers } from "./key-users.ts";
import { policyOf } from "./policy-document.ts";
import type { IamSetting } from "./setting.ts";
import { type IamPlace, ofWay } from "./storage-facts.ts";
import { storageRoles } from "./storage-roles.ts";
import { trustByName } from "./trust-by-name.ts";
import { unionOf } from "./union.ts";

/** SeaweedFS's IAM: roles that trust users by name. A user needs rights of its own only where its key goes to clients. */
export function iamOfSeaweedfs(
  { facts, ...place }: IamPlace,
  setting: IamSetting,
  report: ReportFault,
): ExpectedIam {
  const keyUsersHere = keyUsers(facts, setting, report);
  const trustOf: Parameters<typeof storageRoles>[1] = (role, ofRole) =>
    trustByName(role, ofRole, keyUsersHere);
  const users = keyUsersHere.map((user) => {
    const own = [...ofWay("static", user.facts), ...ofWay("federation-token", user.facts)];
    return storageUser(user, policyOf(unionOf(own.flatMap(({ rights }) => rights))));
  });
  const roles = storageRoles(facts, trustOf, report);
  return { ...place, users, roles, providers: [], policies: [], buckets: [], keys: [] };
}
