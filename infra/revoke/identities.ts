import { GetAccessKeyLastUsedCommand, type IAMClient } from "@aws-sdk/client-iam";
import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { parseLongTermKey } from "../../shared/aws/long-term-key.ts";
import { type Storage, secretOf } from "../../shared/core/storage.ts";
import { wayOf } from "../../shared/core/ways.ts";
import { isAws } from "../config/address.ts";
import { secretNameOf } from "../deploy/secret-names.ts";
import { remedyFor } from "./remedy.ts";

/** The role or the user that a storage's sessions are of. */
export interface Identity {
  kind: "role" | "user";
  name: string;
  /** The account that it is in, where that is not the operator's: there only other credentials can put a Deny on it. */
  elsewhere?: string;
}

/** Why the sessions of a storage cannot be ended at AWS, worded so that it can follow the storage's name; and what helps. */
export interface OutOfReach {
  why: string;
  remedy?: string;
}

interface Access {
  iam: IAMClient;
  secretsManager: (region: string | undefined) => SecretsManagerClient;
  /** Of the operator's own credentials: what is in another account cannot be changed with them. */
  account: string;
  stage: string;
  /** The emulation's STS, which is AWS's here. */
  emulatedSts?: string | undefined;
  /** Users that the operator names, by storage. */
  users: ReadonlyMap<string, string>;
}

/**
 * Finds out whose sessions each storage's are. It only reads, and an operator that may not read something learns for which storage.
 *
 * @example (await identitiesOf(storages, access)).get("lake") // { kind: "role", name: "lake" }
 */
export async function identitiesOf(
  storages: readonly Storage[],
  access: Access,
): Promise<Map<string, Identity | OutOfReach>> {
  const found = storages.map(async (storage) => [storage.name, await identityOf(storage, access)] as const);
  return new Map(await Promise.all(found));
}

async function identityOf(storage: Storage, access: Access): Promise<Identity | OutOfReach> {
  if (!wayOf(storage).isKept)
    return { why: `issues by ${storage.issue}, which makes no sessions`, remedy: remedyFor(storage) };
  if (!isAtAws(storage, access))
    return {
      why: `has its sessions from ${storage.store ?? "a store that is not AWS"}`,
      remedy: remedyFor(storage),
    };
  if ("roleArn" in storage && storage.roleArn !== undefined) return roleIn(storage.roleArn, access);
  const named = access.users.get(storage.name);
  if (named !== undefined) return { kind: "user", name: named };
  return userOf(storage, access);
}

/** Whether the sessions of a storage are AWS's own. */
export function isAtAws(storage: Storage, { emulatedSts }: Pick<Access, "emulatedSts">): boolean {
  const sts = ("stsEndpoint" in storage && storage.stsEndpoint) || storage.endpoint;
  return sts === emulatedSts || (isAws(sts) && (storage.store ?? "aws") === "aws");
}

function roleIn(arn: string, { account }: Access): Identity {
  const [, ofAccount = "", path = ""] = /^arn:[^:]+:iam::(\d{12}):role\/(.+)$/.exec(arn) ?? [];
  const name = path.split("/").at(-1) ?? path;
  return { kind: "role", name, ...(ofAccount !== account && { elsewhere: ofAccount }) };
}

async function userOf(
  storage: Storage,
  { iam, secretsManager, stage }: Access,
): Promise<Identity | OutOfReach> {
  const secret = secretNameOf(secretOf(storage) ?? "", stage);
  const how = `name its user by --user ${storage.name}=NAME`;
  try {
    const client = secretsManager(/^arn:[^:]+:secretsmanager:([^:]+):/.exec(secret)?.[1]);
    const { SecretString = "" } = await client.send(new GetSecretValueCommand({ SecretId: secret }));
    const { accessKeyId } = parseLongTermKey(SecretString);
    const { UserName } = await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: accessKeyId }));
    if (UserName === undefined) return { why: `has a key of no IAM user of this account: ${how}` };
    return { kind: "user", name: UserName };
  } catch (error) {
    // The messages name actions and resources, and nothing of the secret.
    const { name, message } = error as Error;
    return { why: `has a user that could not be found out (${name}: ${message}): ${how}` };
  }
}

export function isOutOfReach(found: Identity | OutOfReach): found is OutOfReach {
  return "why" in found;
}

/** Two storages whose sessions are of one role or user. */
export function areSame(one: Identity, other: Identity): boolean {
  return one.kind === other.kind && one.name === other.name && one.elsewhere === other.elsewhere;
}
