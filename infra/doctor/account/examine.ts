import { partitionOf } from "../../../shared/core/partition.ts";
import { bounded, forEach } from "../bounded.ts";
import { about, type Finding } from "../finding.ts";
import type { DoctorSetting } from "../setting.ts";
import { checkAccess } from "./access.ts";
import type { Account } from "./account.ts";
import { checkAlarms, checkSubscribers } from "./alarms.ts";
import { checkFunctions } from "./functions.ts";
import { checkSecrets, type KnownKey } from "./key-secrets.ts";
import { checkKeys, type KeyOwner } from "./keys.ts";
import { checkLimits } from "./limits.ts";
import { checkRole, storageRolesOf } from "./roles.ts";
import { checkStack, type Stack } from "./stack.ts";
import { checkTable } from "./table.ts";

/** All checks of the account behind an instance. */
export async function examineAccount(setting: DoctorSetting): Promise<Finding[]> {
  const { account } = setting;
  if ("missing" in account) return [about("access", "account").notChecked(account.missing)];
  let accountId: string | undefined;
  const access = await bounded("access", account.stage, async () => {
    const { finding, ...rest } = await checkAccess(account);
    accountId = rest.accountId;
    return [finding];
  });
  if (accountId === undefined) return access;
  const { findings: ofStack, stack } = await examineStack(account);
  return [...access, ...ofStack, ...(await examineIam(setting, account, { accountId, stack }))];
}

async function examineStack(account: Account): Promise<{ findings: Finding[]; stack?: Stack }> {
  const { deployed } = account;
  if (deployed === undefined)
    return {
      findings: [
        about("stack", account.stage).notChecked("the emulation has no stack, alarms or API limits"),
      ],
    };
  let stack: Stack | undefined;
  const findings = await bounded("stack", account.stage, async () => {
    const { finding, ...rest } = await checkStack(account, deployed);
    stack = rest.stack;
    return [finding];
  });
  if (stack === undefined) return { findings };
  const made = stack;
  const more = await Promise.all([
    bounded("alarms", "all", () => checkAlarms(made, deployed)),
    bounded("subscribers", "all", () => checkSubscribers(made, deployed)),
    bounded("limits", "all", () => checkLimits(made, account, deployed)),
    bounded("functions", "all", () => checkFunctions(made, deployed)),
    bounded("table", "all", () => checkTable(made, account, deployed)),
  ]);
  return { findings: [...findings, ...more.flat()], stack: made };
}

async function examineIam(
  setting: DoctorSetting,
  account: Account,
  { accountId, stack }: { accountId: string; stack: Stack | undefined },
): Promise<Finding[]> {
  let known: KnownKey[] = [];
  const secrets = await bounded("secret", "all", async () => {
    const { findings, keys } = await checkSecrets(setting, account);
    known = keys;
    return findings;
  });
  const owners: KeyOwner[] = [];
  const keys = await forEach(known, (key) =>
    bounded("key", key.secret, async () => {
      const { findings, owner } = await checkKeys(key, account, setting.keyDays);
      if (owner !== undefined) owners.push(owner);
      return findings;
    }),
  );
  const { config } = setting;
  if (config === undefined)
    return [
      ...secrets,
      ...keys,
      about("trust", "all").notChecked("no configuration was given", "Give it: --config FILE."),
    ];
  const functionRoles = account.functionRoles ?? rolesOfFunctions(stack, accountId, account);
  const roles = await forEach(storageRolesOf(config), (role) =>
    bounded("trust", role.arn, () => checkRole(role, account, config, { accountId, functionRoles, owners })),
  );
  return [...secrets, ...keys, ...roles];
}

/** The roles by which vend and warm assume those of storages. */
function rolesOfFunctions(
  stack: Stack | undefined,
  accountId: string,
  { region }: Account,
): string[] | undefined {
  const names = stack?.resources
    .filter(({ logicalId }) => logicalId === "VendRole" || logicalId === "WarmRole")
    .map(({ physicalId }) => physicalId);
  if (names === undefined || names.length === 0) return undefined;
  const partition = partitionOf(region)?.name ?? "aws";
  return names.map((name) => `arn:${partition}:iam::${accountId}:role/${name}`);
}
