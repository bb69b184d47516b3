import {
  type AccessKeyMetadata,
  GetAccessKeyLastUsedCommand,
  GetUserCommand,
  ListAccessKeysCommand,
  type User,
} from "@aws-sdk/client-iam";
import { about, type Finding } from "../finding.ts";
import type { Account } from "./account.ts";
import type { KnownKey } from "./key-secrets.ts";

const dayMs = 86_400_000;
/** A rotation is over by then: the longest session is 36 hours, and the old key stays for a day after it. */
const rotationDays = 4;

/** Whose key it is, for the trust policies that let its user in. */
export interface KeyOwner {
  /** With its path. */
  userArn: string;
  key: KnownKey;
}

/** Looks at a long-term key, and at its user's other one. */
export async function checkKeys(
  key: KnownKey,
  { iam }: Account,
  keyDays: number,
): Promise<{ findings: Finding[]; owner?: KeyOwner }> {
  const of = about("key", `${key.accessKeyId} of ${key.secret}`);
  if (!key.isOfIam) return { findings: [ageOf(of, key.putAt, keyDays, "was put into the secret")] };
  const user = await userOf(key.accessKeyId, iam);
  if (user === undefined)
    return {
      findings: [
        of.failed(
          "IAM does not know it in this account",
          "Put the key of a user of this account into the secret.",
        ),
      ],
    };
  const { UserName: userName, Arn: userArn = "" } = user;
  const owner = { userArn, key };
  const { AccessKeyMetadata: keys = [] } = await iam.send(new ListAccessKeysCommand({ UserName: userName }));
  const own = keys.find(({ AccessKeyId }) => AccessKeyId === key.accessKeyId);
  if (own === undefined)
    return { findings: [of.failed("was deleted", "Put the user's present key into the secret.")], owner };
  if (own.Status !== "Active")
    return {
      findings: [
        of.failed(
          `of ${userName} is inactive`,
          "Put the user's active key into the secret, or activate this one.",
        ),
      ],
      owner,
    };
  const others = keys.filter((other) => other !== own && isForgotten(other, own));
  return {
    findings: [
      ageOf(of, own.CreateDate?.getTime() ?? 0, keyDays, `of ${userName} was made`),
      ...others.map(({ AccessKeyId }) =>
        about("key", `${AccessKeyId} of ${userName}`).warning(
          "is active as well, and keyvend does not use it",
          "Find out what uses it; deactivate it, and delete it a day later.",
        ),
      ),
    ],
    owner,
  };
}

/** During a rotation both keys are active. */
function isForgotten(other: AccessKeyMetadata, own: AccessKeyMetadata): boolean {
  const youngest = Math.max(other.CreateDate?.getTime() ?? 0, own.CreateDate?.getTime() ?? 0);
  return other.Status === "Active" && Date.now() - youngest > rotationDays * dayMs;
}

async function userOf(AccessKeyId: string, iam: Account["iam"]): Promise<User | undefined> {
  try {
    const { UserName } = await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }));
    return (await iam.send(new GetUserCommand({ UserName }))).User;
  } catch (error) {
    if (/^NoSuchEntity/.test(String(Object(error).name))) return undefined;
    throw error;
  }
}

function ageOf(of: ReturnType<typeof about>, since: number, keyDays: number, what: string): Finding {
  const days = Math.floor((Date.now() - since) / dayMs);
  const age = `${what} ${days} days ago`;
  return days >= keyDays ? of.warning(age, "Rotate it.") : of.ok(age);
}
