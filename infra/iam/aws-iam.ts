import type { Config } from "../../shared/core/config.ts";
import { trustOnAws } from "./aws-trust.ts";
import { type ExpectedIam, storageUser } from "./expected.ts";
import type { ReportFault } from "./fault.ts";
import { checkProviders, identityProviders } from "./identity-providers.ts";
import { keyUsers } from "./key-users.ts";
import { bucketStatements, keyStatements } from "./resource-policies.ts";
import type { IamSetting } from "./setting.ts";
import { checkSizes } from "./sizes.ts";
import type { IamPlace } from "./storage-facts.ts";
import { storageRoles } from "./storage-roles.ts";
import { userPolicy } from "./user-policy.ts";

/** The IAM of AWS. A store that is not known has the same, which is what such stores mean to be like. */
export function iamOfAws(
  { facts, ...place }: IamPlace,
  setting: IamSetting,
  report: ReportFault,
  config: Config,
): ExpectedIam {
  const keyUsersHere = keyUsers(facts, setting, report);
  const roles = storageRoles(facts, trustOnAws(facts, keyUsersHere, config, setting, report), report);
  const users = keyUsersHere.map((user) => storageUser(user, userPolicy(user, report)));
  const providers = identityProviders(facts, config);
  const holders = { facts, roles, users: keyUsersHere };
  if (place.kind === "aws") {
    checkProviders(providers, report);
    checkSizes({ roles, users }, report);
  }
  return {
    ...place,
    ...{ roles, users, providers, policies: [] },
    ...{ buckets: bucketStatements(holders, setting), keys: keyStatements(holders) },
  };
}
