import { bucketArn, type Statement } from "../../shared/core/policy.ts";
import { roleNameOf } from "../deploy/names.ts";
import { type ExpectedIam, storageUser } from "./expected.ts";
import type { ReportFault } from "./fault.ts";
import { keyUsers } from "./key-users.ts";
import { policyOf } from "./policy-document.ts";
import type { IamSetting } from "./setting.ts";
import { type IamPlace, ofWay, type StorageFacts } from "./storage-facts.ts";
import { unionOf } from "./union.ts";

/**
 * MinIO's IAM. It has no roles: a session has the rights of the user that asks for it. Callers that bring a token of their own get
 * those of a policy that the server's settings name.
 */
export function iamOfMinio(
  { facts, ...place }: IamPlace,
  setting: IamSetting,
  report: ReportFault,
): ExpectedIam {
  const users = keyUsers(facts, setting, report).map((user) =>
    storageUser(user, policyOf(rightsOnMinio(user.facts))),
  );
  const policies = ofWay("web-identity", facts).flatMap((each) => {
    const policy = policyOf(rightsOnMinio([each]));
    const { name } = each.storage;
    return policy ? [{ name: roleNameOf(name, setting), storages: [name], policy }] : [];
  });
  return { ...place, users, policies, roles: [], providers: [], buckets: [], keys: [] };
}

/** To MinIO the right to read an object is one to its old versions, too. */
function rightsOnMinio(facts: readonly StorageFacts[]): Statement[] {
  const withoutVersions = facts.filter(
    ({ asked, rights }) => rights.length > 0 && !asked.grants.some(({ also }) => also?.includes("versions")),
  );
  const buckets = withoutVersions.map(({ storage }) => bucketArn(storage, storage));
  const withVersions = facts
    .filter((each) => !withoutVersions.includes(each))
    .map(({ storage }) => bucketArn(storage, storage));
  return [
    ...unionOf(facts.flatMap(({ rights }) => rights)),
    ...[...new Set(buckets)]
      .filter((bucket) => !withVersions.includes(bucket))
      .map(
        (bucket): Statement => ({
          Effect: "Deny",
          Action: ["s3:GetObject"],
          Resource: [`${bucket}/*`],
          Condition: { StringLike: { "s3:versionid": ["?*"] } },
        }),
      ),
  ];
}
