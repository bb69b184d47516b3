import type { ExpectedIam, StorageUser } from "../expected.ts";
import { placesOf } from "../fault.ts";
import { command, comment, documentFile, putKey, shown } from "./lines.ts";

/**
 * MinIO's IAM as commands of `mc`. A user's secret key is asked for, and stands in no command.
 *
 * @example minioScript(iam, "prod")[0]
 */
export function minioScript({ endpoint = "", users, policies }: ExpectedIam, stage: string): string[] {
  const [first = ""] = [...users, ...policies].flatMap(({ storages }) => storages);
  const alias = `store-${first}`;
  return [
    [
      comment(`mc has to know ${endpoint} as ${alias}. This asks for the key of an administrator:`),
      shown(command("mc", "alias", "set", alias, endpoint)),
    ].join("\n"),
    ...users.map((each) => user(each, alias, stage)),
    ...policies.map(({ name, storages, policy }) =>
      [
        comment(
          `What callers of ${placesOf(storages)} get by their own tokens. The server's setting MINIO_IDENTITY_OPENID_ROLE_POLICY_… names it, and each caller with a token of its audience gets all of it without keyvend: infra/recipes/minio.md.`,
        ),
        documentFile(`${name}.policy.json`, policy),
        command("mc", "admin", "policy", "create", alias, name, `${name}.policy.json`),
      ].join("\n"),
    ),
  ];
}

function user(
  { name, isGiven, policyName, secret, storages, policy }: StorageUser,
  alias: string,
  stage: string,
): string {
  const file = `${policyName}.policy.json`;
  const [storage = ""] = storages;
  return [
    comment(
      `The user ${name} of ${placesOf(storages)}. Sessions have its rights, or less. Its secret key is asked for.`,
    ),
    ...(isGiven
      ? []
      : [
          `${command("mc", "admin", "user", "info", alias, name)} > /dev/null 2>&1 ||`,
          `  ${command("mc", "admin", "user", "add", alias, name)}`,
        ]),
    ...(policy
      ? [
          documentFile(file, policy),
          command("mc", "admin", "policy", "create", alias, policyName, file),
          command("mc", "admin", "policy", "attach", alias, policyName, "--user", name),
        ]
      : [comment("It has no rights yet: no grant gives anything of its storages.")]),
    comment(
      `Its key goes into the secret ${secret}, from a file key.json with {"accessKeyId": "${name}", "secretAccessKey": "…"}:`,
    ),
    shown(putKey(storage, stage)),
  ].join("\n");
}
