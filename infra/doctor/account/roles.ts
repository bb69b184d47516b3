import { GetRoleCommand, type Role } from "@aws-sdk/client-iam";
import type { Config } from "../../../shared/core/config.ts";
import type { Grant } from "../../../shared/core/grant.ts";
import { type Storage, secretOf } from "../../../shared/core/storage.ts";
import { wayOf } from "../../../shared/core/ways.ts";
import { askedOfSts } from "../../asked-of-sts.ts";
import { secretNameOf } from "../../deploy/secret-names.ts";
import { about, type Finding } from "../finding.ts";
import type { Account } from "./account.ts";
import type { KeyOwner } from "./keys.ts";
import { faultsOfTrust, type Trusted } from "./trust-policy.ts";

/** A storage that assumes a role. */
type RoleStorage = Storage & { roleArn: string };

/** What the trust of roles is measured by. */
interface Callers {
  accountId: string;
  /** ARNs; `undefined` where they are not known. */
  functionRoles: readonly string[] | undefined;
  owners: readonly KeyOwner[];
}

/** A role that storages assume, and those storages. */
interface StorageRole {
  arn: string;
  storages: readonly RoleStorage[];
}

/** The roles of AWS that the configuration names. */
export function storageRolesOf({ storages }: Config): StorageRole[] {
  const withRole = [...storages.values()].filter(
    (storage): storage is RoleStorage =>
      "roleArn" in storage && /^arn:aws[\w-]*:iam::\d{12}:role\//.test(storage.roleArn),
  );
  return [...Map.groupBy(withRole, ({ roleArn }) => roleArn)].map(([arn, ofRole]) => ({
    arn,
    storages: ofRole,
  }));
}

/** Looks at one role: which callers it lets in, and how long its sessions may last. */
export async function checkRole(
  { arn, storages }: StorageRole,
  account: Account,
  config: Config,
  callers: Callers,
): Promise<Finding[]> {
  const [, , , , accountId, path = ""] = arn.split(":");
  if (accountId !== callers.accountId)
    return [
      about("trust", arn).notChecked(
        "the role is in another account",
        "Run the doctor with credentials of that one too.",
      ),
    ];
  const RoleName = path.split("/").at(-1);
  const role = await roleNamed(RoleName, account);
  if (role === undefined)
    return [
      about("trust", arn).failed("the role is not there", "Make it by what npm run config:iam prints."),
    ];
  return [
    ...trustOf(role, { arn, storages }, account, config, callers),
    durationOf(role, { arn, storages }, config),
  ];
}

async function roleNamed(RoleName: string | undefined, { iam }: Account): Promise<Role | undefined> {
  try {
    return (await iam.send(new GetRoleCommand({ RoleName }))).Role;
  } catch (error) {
    if (/^NoSuchEntity/.test(String(Object(error).name))) return undefined;
    throw error;
  }
}

function trustOf(
  { AssumeRolePolicyDocument: document = "" }: Role,
  { arn, storages }: StorageRole,
  account: Account,
  config: Config,
  callers: Callers,
): Finding[] {
  const of = about("trust", arn);
  const trusted = trustedBy(storages, account.stage, config, callers);
  if (trusted === undefined)
    return [
      of.notChecked("which callers it should trust is not known: see the findings on secret, key and stack"),
    ];
  const faults = faultsOfTrust(JSON.parse(decodeURIComponent(document)), trusted);
  if (faults.length === 0) {
    const names = [...trusted.callers, ...trusted.providers.map(({ name }) => name)];
    return [of.ok(`trusts ${names.join(", ")} alone`)];
  }
  const advice = "Set the trust policy that npm run config:iam prints.";
  return faults.map(({ kind, message }) =>
    // It works until the role that it names is made anew.
    kind === "broken" && message.startsWith("names arn:")
      ? of.warning(message, advice)
      : of.failed(message, advice),
  );
}

/**
 * What the trust of a role is measured by; `undefined` where a caller is not known.
 *
 * @example trustedBy(storages, "prod", config, callers)?.callers // ["arn:aws:iam::111122223333:user/lake"]
 */
export function trustedBy(
  storages: readonly RoleStorage[],
  stage: string,
  config: Config,
  { functionRoles, owners }: Pick<Callers, "functionRoles" | "owners">,
): Trusted | undefined {
  const callers = storages
    .filter(({ issue }) => issue === "assume-role")
    .map((storage) => {
      const secret = secretOf(storage);
      if (secret === undefined) return functionRoles;
      return owners.find(({ key }) => key.secret === secretNameOf(secret, stage))?.userArn;
    });
  if (callers.includes(undefined)) return undefined;
  const ids = new Set(storages.map((storage) => ("externalId" in storage ? storage.externalId : undefined)));
  const [externalId] = ids;
  return {
    callers: [...new Set(callers.flatMap((each) => each ?? []))],
    providers: providersOf(storages, config),
    ...(ids.size === 1 && externalId !== undefined && { externalId }),
  };
}

/** The issuers of the callers that may have sessions by their own tokens. */
function providersOf(storages: readonly RoleStorage[], config: Config): Trusted["providers"] {
  const grants = storages
    .filter(({ issue }) => issue === "web-identity")
    .flatMap((storage) => askedOfSts(storage, config).grants);
  return [...config.issuers.values()].flatMap(({ name, issuer }) => {
    const ofIssuer = grants.filter((grant) => grant.issuer.includes(name));
    if (ofIssuer.length === 0) return [];
    return { name: issuer.replace(/^https?:\/\//, ""), isForSome: ofIssuer.every(isForSome) };
  });
}

function isForSome({ subject, claims }: Grant): boolean {
  return Object.keys(claims).length > 0 || (subject !== undefined && !subject.includes("*"));
}

function durationOf(
  { MaxSessionDuration: most = 3_600 }: Role,
  { arn, storages }: StorageRole,
  { grants }: Config,
): Finding {
  const of = about("duration", arn);
  const longest = Math.max(
    ...storages.map((storage) => {
      const granted = grants.all
        .filter(({ storage: name, mode }) => name === storage.name && mode === "enforce")
        .map(({ maxDurationSeconds }) => maxDurationSeconds);
      return Math.min(
        storage.maxDurationSeconds,
        wayOf(storage).longestSeconds(storage),
        Math.max(0, ...granted),
      );
    }),
  );
  return longest <= most
    ? of.ok(`${most} s, and ${longest} s are granted at most`)
    : of.failed(
        `allows sessions of ${most} s, and ${longest} s are granted: STS refuses such requests`,
        `aws iam update-role --role-name ${arn.split("/").at(-1)} --max-session-duration ${longest}`,
      );
}
