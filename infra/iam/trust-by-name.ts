import type { IamName } from "./arns.ts";
import { type KeyUser, userOf } from "./key-users.ts";
import type { PolicyStatement } from "./policy-document.ts";
import type { RoleFacts } from "./storage-roles.ts";

/**
 * Lets the users of storages' keys assume a role, named as principals: stores other than AWS know a user by its name alone.
 *
 * @example trustByName(role, ofRole, users)[0]?.Principal // { AWS: ["arn:aws:iam:::user/keyvend-prod-eu-central-1-lake"] }
 */
export function trustByName(
  { partition, account }: IamName,
  ofRole: readonly RoleFacts[],
  users: readonly KeyUser[],
): PolicyStatement[] {
  const trusted = users.filter((user) => ofRole.some(({ storage }) => userOf(storage, users) === user));
  if (trusted.length === 0) return [];
  const arns = trusted.map(({ path, name }) => `arn:${partition}:iam::${account}:user${path}${name}`);
  return [{ Effect: "Allow", Principal: { AWS: arns }, Action: ["sts:AssumeRole"] }];
}
