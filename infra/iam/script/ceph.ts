import type { ExpectedIam, StorageUser } from "../expected.ts";
import { placesOf } from "../fault.ts";
import type { StorageRole } from "../storage-roles.ts";
import { blanklessFile, command, comment, contentOf, documentFile, putKey, shown } from "./lines.ts";

/**
 * The IAM of Ceph's gateway as commands of `radosgw-admin`, and of AWS's CLI where that has none. All of them can be run again.
 *
 * @example cephScript(iam, "prod")[0]
 */
export function cephScript({ endpoint = "", users, roles }: ExpectedIam, stage: string): string[] {
  return [...users.map((each) => user(each, endpoint, stage)), ...roles.map((each) => role(each, endpoint))];
}

function user(
  { name, isGiven, policyName, secret, storages, policy }: StorageUser,
  endpoint: string,
  stage: string,
): string {
  const file = `${policyName}.policy.json`;
  const keyFile = `${name}.key.json`;
  const [storage = ""] = storages;
  return [
    comment(`The user ${name} of ${placesOf(storages)}.`),
    ...(isGiven
      ? []
      : [
          comment(`Its key is made with it, and stands in ${keyFile}, which nobody else can read.`),
          `${command("radosgw-admin", "user", "info", `--uid=${name}`)} > /dev/null 2>&1 ||`,
          `  (umask 077; ${command("radosgw-admin", "user", "create", `--uid=${name}`, `--display-name=${name}`)} > ${keyFile})`,
        ]),
    ...(policy
      ? [
          comment(
            `What it may do. AWS's CLI puts it, with the key of a user that may: radosgw-admin caps add --uid=OPERATOR --caps=user-policy=*`,
          ),
          blanklessFile(file, policy),
          `${command(
            ...["aws", "iam", "put-user-policy", "--endpoint-url", endpoint, "--user-name", name],
            ...["--policy-name", "keyvend"],
          )} --policy-document ${contentOf(file)}`,
        ]
      : []),
    comment(
      `The access_key and secret_key of its key go into the secret ${secret}, from a file key.json with {"accessKeyId": "…", "secretAccessKey": "…"}:`,
    ),
    shown(putKey(storage, stage)),
  ].join("\n");
}

function role(
  { path, name, storages, trust, rights, maxSessionSeconds }: StorageRole,
  endpoint: string,
): string {
  const trustFile = `${name}.trust.json`;
  const rightsFile = `${name}.rights.json`;
  const admin = (...words: string[]) => command("radosgw-admin", ...words, `--role-name=${name}`);
  const trustDocument = `--assume-role-policy-doc=${contentOf(trustFile)}`;
  const isForMore = maxSessionSeconds > usualMaxSessionSeconds;
  return [
    comment(
      `The role ${name} of ${placesOf(storages)}: which callers may assume it. It denies the sessions of each role that trusts the same user, since the gateway takes them for that user.`,
    ),
    (isForMore ? blanklessFile : documentFile)(trustFile, trust),
    ...(isForMore
      ? [
          comment(
            "radosgw-admin makes roles whose sessions last for an hour at most, so that AWS's CLI makes this one, with the key of a user that may: radosgw-admin caps add --uid=OPERATOR --caps='roles=*'. For a role that is there already, newer releases of Ceph have radosgw-admin role update --max-session-duration.",
          ),
          `${command(
            ...["aws", "iam", "create-role", "--endpoint-url", endpoint, "--role-name", name, "--path", path],
            ...["--max-session-duration", maxSessionSeconds],
          )} --assume-role-policy-document ${contentOf(trustFile)} ||`,
        ]
      : [`${admin("role", "create")} ${command(`--path=${path}`)} ${trustDocument} ||`]),
    comment("It is there already. Ceph 16 has the second command alone."),
    `  ${admin("role-trust-policy", "modify")} ${trustDocument} ||`,
    `  ${admin("role", "modify")} ${trustDocument}`,
    ...(rights
      ? [
          comment("What its sessions may do at most."),
          documentFile(rightsFile, rights),
          `${admin("role-policy", "put")} --policy-name=keyvend --policy-doc=${contentOf(rightsFile)}`,
        ]
      : [comment("It has no rights: no grant gives anything of its storages.")]),
  ].join("\n");
}

const usualMaxSessionSeconds = 3_600;
