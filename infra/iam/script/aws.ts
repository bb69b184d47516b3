import type { Deployer } from "../deployer.ts";
import type { ExpectedIam, StorageUser } from "../expected.ts";
import { placesOf } from "../fault.ts";
import type { IdentityProvider } from "../identity-providers.ts";
import { type PolicyDocument, policyOf } from "../policy-document.ts";
import type { ResourceStatements } from "../resource-policies.ts";
import { charactersOf, sizes } from "../sizes.ts";
import type { StorageRole } from "../storage-roles.ts";
import { command, comment, documentFile, putKey, shown } from "./lines.ts";

/** What is put with the credentials of one account. */
interface InAccount {
  title: string;
  parts: string[];
}

/**
 * The IAM of AWS as commands of its CLI, account by account. All of them can be run again: they change what is there.
 *
 * @example awsScript(iam, "prod", deployer)[0]?.title // "AWS, account 111122223333"
 */
export function awsScript(
  { roles, users, providers, buckets, keys }: ExpectedIam,
  stage: string,
  deployer: Deployer | undefined,
): InAccount[] {
  const parts = [
    ...providers.map((each) => [each.account, provider(each)] as const),
    ...roles.map((each) => [each.account, role(each)] as const),
    ...users.map((each) => [each.account, user(each, stage)] as const),
    ...buckets.map((each) => [each.account, bucket(each)] as const),
    ...keys.map((each) => [each.account, key(each)] as const),
    ...(deployer ? [[deployer.account, deployerPart(deployer)] as const] : []),
    ...(deployer?.key ? [[deployer.account, deploymentKey(deployer.key)] as const] : []),
  ];
  return [...Map.groupBy(parts, ([account]) => account)].map(([account, here]) => ({
    title: account === undefined ? "AWS" : `AWS, account ${account}`,
    parts: here.map(([, text]) => text),
  }));
}

function provider({ arn, url, audiences, storages }: IdentityProvider): string {
  return [
    comment(
      `The issuer ${url} of ${placesOf(storages)}. If the account knows it already, it gets the audiences.`,
    ),
    `${command("aws", "iam", "create-open-id-connect-provider", "--url", url, "--client-id-list", ...audiences)} ||`,
    ...audiences.map(
      (audience, at) =>
        `  ${command("aws", "iam", "add-client-id-to-open-id-connect-provider", "--open-id-connect-provider-arn", arn, "--client-id", audience)}${at < audiences.length - 1 ? " &&" : ""}`,
    ),
  ].join("\n");
}

function role({ path, name, storages, trust, rights, maxSessionSeconds }: StorageRole): string {
  const named = ["--role-name", name];
  const trustFile = `${name}.trust.json`;
  const rightsFile = `${name}.rights.json`;
  const characters = charactersOf(trust);
  return [
    comment(
      `The role ${name} of ${placesOf(storages)}: which callers may assume it.${
        characters > sizes.trust
          ? ` This has ${characters} characters, and an account takes ${sizes.trust} until its quota "Role trust policy length" is raised to ${sizes.trustByQuota}.`
          : ""
      }`,
    ),
    documentFile(trustFile, trust),
    `${command("aws", "iam", "create-role", ...named, "--path", path, "--assume-role-policy-document", `file://${trustFile}`)} ||`,
    `  ${command("aws", "iam", "update-assume-role-policy", ...named, "--policy-document", `file://${trustFile}`)}`,
    command("aws", "iam", "update-role", ...named, "--max-session-duration", maxSessionSeconds),
    ...(rights
      ? [
          comment("What its sessions may do at most."),
          documentFile(rightsFile, rights),
          command(
            ...["aws", "iam", "put-role-policy", ...named],
            ...["--policy-name", "keyvend", "--policy-document", `file://${rightsFile}`],
          ),
        ]
      : [comment("It has no rights: no grant gives anything of its storages.")]),
  ].join("\n");
}

function user(
  { name, path, partition, account, policyName, isGiven, secret, storages, policy }: StorageUser,
  stage: string,
): string {
  const [storage = ""] = storages;
  return [
    comment(`The user ${name} of ${placesOf(storages)}: all that it may do.`),
    ...(isGiven
      ? []
      : [
          `${command("aws", "iam", "get-user", "--user-name", name)} > /dev/null 2>&1 ||`,
          `  ${command("aws", "iam", "create-user", "--user-name", name, "--path", path)}`,
        ]),
    ...(policy
      ? [
          putPolicy(policyName, policy, { partition, account }),
          `${command("aws", "iam", "attach-user-policy", "--user-name", name)} --policy-arn ${policyArn(policyName, { partition, account })}`,
        ]
      : []),
    comment(`Its key goes into the secret ${secret}, once:`),
    shown(
      `(umask 077; ${command("aws", "iam", "create-access-key", "--user-name", name)} > key.json) && ${putKey(storage, stage)}`,
    ),
  ].join("\n");
}

interface Owner {
  partition: string;
  account: string | undefined;
}

/** As one word of a command. Where nothing names the account, it is that of the credentials. */
function policyArn(name: string, { partition, account }: Owner): string {
  const owner = account ?? "$(aws sts get-caller-identity --query Account --output text)";
  return `"arn:${partition}:iam::${owner}:policy/${name}"`;
}

function putPolicy(name: string, policy: PolicyDocument, owner: Owner): string {
  const file = `${name}.policy.json`;
  const document = ["--policy-document", `file://${file}`];
  return [
    documentFile(file, policy),
    `${command("aws", "iam", "create-policy", "--policy-name", name, ...document)} ||`,
    `  ${command("aws", "iam", "create-policy-version", "--set-as-default", ...document)} --policy-arn ${policyArn(name, owner)}`,
  ].join("\n");
}

function deployerPart({ account, partition, policies }: Deployer): string {
  return [
    comment(
      "What a user or role needs for npm run deploy. It can give the functions any right, as everybody can that changes their code and their roles.",
    ),
    ...policies.map(({ name, policy }) => putPolicy(name, policy, { partition, account })),
  ].join("\n");
}

/** Nothing is put by itself: the command replaces what a bucket's policy has, which is not known here. */
function bucket({ resource, storages, statements }: ResourceStatements): string {
  const file = `${resource}.bucket-policy.json`;
  return [
    comment(
      `For the policy of the bucket ${resource} of ${placesOf(storages)}. If it has one, join the statements: the command replaces it.`,
    ),
    documentFile(file, policyOf(statements) ?? {}),
    shown(command("aws", "s3api", "put-bucket-policy", "--bucket", resource, "--policy", `file://${file}`)),
  ].join("\n");
}

function deploymentKey({ arn, statements }: NonNullable<Deployer["key"]>): string {
  return [
    comment(
      `For the policy of the KMS key ${arn}, which is an option of the deployment. Join the statements with those that it has, one of which has to leave rights to IAM.`,
    ),
    documentFile(`${arn.replace(/^.*\//, "")}.deployment-key-policy.json`, policyOf(statements) ?? {}),
  ].join("\n");
}

function key({ resource, storages, statements }: ResourceStatements): string {
  const file = `${resource.replace(/^.*\//, "")}.key-policy.json`;
  return [
    comment(
      `For the policy of the KMS key ${resource} of ${placesOf(storages)}, unless it leaves rights to IAM and is in the account of the roles and users. Join the statements with those that it has.`,
    ),
    documentFile(file, policyOf(statements) ?? {}),
  ].join("\n");
}
