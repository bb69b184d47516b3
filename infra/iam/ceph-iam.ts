import { type ExpectedIam, storageUser } from "./expected.ts";
import type { ReportFault } from "./fault.ts";
import { type KeyUser, keyUsers, userOf } from "./key-users.ts";
import { type PolicyStatement, policyOf } from "./policy-document.ts";
import type { IamSetting } from "./setting.ts";
import { type IamPlace, ofWay, type StorageFacts } from "./storage-facts.ts";
import { type RoleFacts, storageRoles } from "./storage-roles.ts";
import { trustByName } from "./trust-by-name.ts";
import { unionOf } from "./union.ts";

/** The IAM of Ceph's gateway. It knows a user by its name, and a role by its name and path. */
export function iamOfCeph(
  { facts, ...place }: IamPlace,
  setting: IamSetting,
  report: ReportFault,
): ExpectedIam {
  const keyUsersHere = keyUsers(facts, setting, report);
  const roles = storageRoles(
    facts,
    (role, ofRole) => {
      const trusted = trustByName(role, ofRole, keyUsersHere);
      return trusted.length > 0 ? [...trusted, exceptSessions(ofRole, facts, keyUsersHere)] : [];
    },
    report,
  );
  const users = keyUsersHere.map((user) => storageUser(user, policyOf(ownRights(user))));
  return { ...place, users, roles, providers: [], policies: [], buckets: [], keys: [] };
}

/** The gateway takes a session for the user that assumed its role: only a Deny of each such role tells the two apart. */
function exceptSessions(
  ofRole: readonly RoleFacts[],
  facts: readonly StorageFacts[],
  users: readonly KeyUser[],
): PolicyStatement {
  const trusted = ofRole.map(({ storage }) => userOf(storage, users));
  const roles = ofWay("assume-role", facts)
    .filter(({ storage }) => trusted.includes(userOf(storage, users)))
    .map(({ storage }) => storage.roleArn);
  return { Effect: "Deny", Principal: { AWS: [...new Set(roles)] }, Action: ["sts:AssumeRole"] };
}

/** To assume a role that trusts it, a user needs no right of its own; to ask for a session of its own it does. */
function ownRights({ facts }: KeyUser): PolicyStatement[] {
  const bySession = ofWay("session-token", facts);
  const own = [...bySession, ...ofWay("static", facts), ...ofWay("federation-token", facts)];
  return [
    ...(bySession.length > 0
      ? [{ Effect: "Allow" as const, Action: ["sts:GetSessionToken"], Resource: ["*"] }]
      : []),
    ...unionOf(own.flatMap(({ rights }) => rights)),
  ];
}
