import type { ExpectedIam } from "../expected.ts";
import { placesOf } from "../fault.ts";
import { comment, documentFile, putKey, shown } from "./lines.ts";

/**
 * SeaweedFS's IAM: a part of the file that its gateways are started with, since no command puts policies and roles.
 *
 * @example seaweedfsScript(iam, "prod")[0]
 */
export function seaweedfsScript({ users, roles }: ExpectedIam, stage: string): string[] {
  const policies = [
    ...roles.flatMap(({ name, rights }) => (rights ? [{ name, document: rights }] : [])),
    ...users.flatMap(({ policyName, policy }) => (policy ? [{ name: policyName, document: policy }] : [])),
  ];
  const entries = roles.map(({ arn, name, trust, rights }) => ({
    roleName: name,
    roleArn: arn,
    trustPolicy: trust,
    attachedPolicies: rights ? [name] : [],
  }));
  return [
    [
      comment(
        "Policies and roles for iam.json, with which every S3 gateway is started (-s3.iam.config=iam.json): infra/recipes/seaweedfs.md says what else it holds.",
      ),
      documentFile("seaweedfs.iam.json", { policies, roles: entries }),
    ].join("\n"),
    ...users.map(({ name, secret, storages }) =>
      [
        comment(`The user ${name} of ${placesOf(storages)}, with a key that you choose:`),
        shown(
          `echo "s3.configure -user=${name} -access_key=$ACCESS_KEY -secret_key=$SECRET_KEY -apply" | weed shell -master="$MASTER"`,
        ),
        comment(
          `The key goes into the secret ${secret}, from a file key.json with {"accessKeyId": "…", "secretAccessKey": "…"}:`,
        ),
        shown(putKey(storages[0] ?? "", stage)),
      ].join("\n"),
    ),
  ];
}
