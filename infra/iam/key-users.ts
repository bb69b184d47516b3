import { rotationOf, secretOf } from "../../shared/core/storage.ts";
import { roleNameOf } from "../deploy/names.ts";
import { mayBeOneSecret, secretNameOf } from "../deploy/secret-names.ts";
import { iamNameOf } from "./arns.ts";
import type { ReportFault } from "./fault.ts";
import { functionsAccount, onlyOne, roleAccounts } from "./functions-account.ts";
import type { IamSetting } from "./setting.ts";
import type { StorageFacts } from "./storage-facts.ts";

/** The user whose long-term key is in a secret. */
export interface KeyUser {
  name: string;
  path: string;
  partition: string;
  /** As far as it is known. */
  account?: string;
  /** It is there already, and is not made. */
  isGiven: boolean;
  /** What the policy with its rights is called. */
  policyName: string;
  /** What Secrets Manager calls the secret. */
  secret: string;
  /** Of the storages that use the key. */
  facts: readonly StorageFacts[];
}

const mostNameCharacters = 64;

/**
 * The users of one place: one for each secret, however many storages share it and however they spell it.
 *
 * @example keyUsers(facts, setting, report)[0]?.name // "keyvend-prod-eu-central-1-lake"
 */
export function keyUsers(
  facts: readonly StorageFacts[],
  setting: IamSetting,
  report: ReportFault,
): KeyUser[] {
  const bySecret: { secret: string; facts: [StorageFacts, ...StorageFacts[]] }[] = [];
  for (const each of facts) {
    const given = secretOf(each.storage);
    if (given === undefined) continue;
    const secret = secretNameOf(given, setting.stage);
    const known = bySecret.find((other) => mayBeOneSecret(other.secret, secret));
    if (known === undefined) bySecret.push({ secret, facts: [each] });
    else known.facts.push(each);
  }
  return bySecret.map(({ secret, facts: ofSecret }) => {
    const user = nameOf(ofSecret, setting, report);
    const account = user.account ?? accountOf(ofSecret, facts, setting, report);
    const { partition } = ofSecret[0].storage;
    return { ...user, partition, ...(account !== undefined && { account }), secret, facts: ofSecret };
  });
}

function nameOf(facts: readonly [StorageFacts, ...StorageFacts[]], setting: IamSetting, report: ReportFault) {
  const names = facts.map(({ storage }) => storage.name);
  const given = new Set(
    facts.flatMap(({ storage }) => setting.users?.get(storage.name) ?? rotationOf(storage)?.user ?? []),
  );
  const [user] = given;
  if (given.size > 1)
    report(names, "they share one key, which one user has, and --user names several: give one.");
  const first = facts[0].storage.name;
  const policyName = roleNameOf(first, setting);
  if (user !== undefined) {
    const { account, path = "/", name } = iamNameOf(user, "user") ?? withPath(user);
    return { name, path, ...(account && { account }), policyName, isGiven: true };
  }
  if (policyName.length > mostNameCharacters)
    report(
      [first],
      `the name of its user, ${policyName}, is longer than the ${mostNameCharacters} characters that IAM takes: give the stage a shorter name, or say which user it is (--user ${first}=NAME).`,
    );
  return { name: policyName, path: "/", policyName, isGiven: false };
}

/** A user as `rotation.user` names it. */
function withPath(user: string): { account?: string; path: string; name: string } {
  const end = user.lastIndexOf("/") + 1;
  return { path: `/${user.slice(0, end)}`, name: user.slice(end) };
}

/** The account of the roles that the user assumes; of one that assumes none, that of the functions. */
function accountOf(
  ofUser: readonly StorageFacts[],
  all: readonly StorageFacts[],
  setting: IamSetting,
  report: ReportFault,
): string | undefined {
  const accounts = roleAccounts(ofUser);
  if (accounts.length === 0) return functionsAccount(setting, all);
  const account = onlyOne(accounts);
  if (account === undefined) {
    const names = ofUser.map(({ storage }) => storage.name);
    report(names, `one user assumes roles in several accounts: say in which it is (--user ${names[0]}=ARN).`);
  }
  return account;
}

/** The user of a storage's key. */
export function userOf({ name }: { name: string }, users: readonly KeyUser[]): KeyUser | undefined {
  return users.find(({ facts }) => facts.some(({ storage }) => storage.name === name));
}
