import type { ExpectedIam } from "../expected.ts";
import { placesOf } from "../fault.ts";
import { comment, documentFile } from "./lines.ts";

/**
 * The IAM of a store that is not known, in the form of AWS's.
 *
 * @example otherScript(iam)[0]
 */
export function otherScript({ endpoint = "", users, roles }: ExpectedIam): string[] {
  return [
    comment(
      `No commands of the store at ${endpoint} are known here. If it takes policies as AWS writes them, it needs these.`,
    ),
    ...roles.map(({ name, storages, trust, rights, maxSessionSeconds }) =>
      [
        comment(
          `The role ${name} of ${placesOf(storages)}, for sessions of ${maxSessionSeconds} seconds at most: which callers may assume it, and what its sessions may do.`,
        ),
        documentFile(`${name}.trust.json`, trust),
        ...(rights ? [documentFile(`${name}.rights.json`, rights)] : []),
      ].join("\n"),
    ),
    ...users.flatMap(({ name, policyName, secret, storages, policy }) =>
      policy
        ? [
            [
              comment(
                `The user ${name} of ${placesOf(storages)}, whose key is in the secret ${secret}: all that it may do.`,
              ),
              documentFile(`${policyName}.policy.json`, policy),
            ].join("\n"),
          ]
        : [],
    ),
  ];
}
