import { bucketArn, type Statement } from "../../shared/core/policy.ts";
import { sessionName } from "../../shared/core/session-name.ts";
import { isAws } from "../config/address.ts";
import { accountArn } from "./arns.ts";
import { joinStatements } from "./join-statements.ts";
import { type KeyUser, userOf } from "./key-users.ts";
import type { PolicyStatement } from "./policy-document.ts";
import type { IamSetting } from "./setting.ts";
import type { StorageFacts } from "./storage-facts.ts";
import type { StorageRole } from "./storage-roles.ts";
import type { Caller } from "./trust.ts";

/** Statements for the policy of a bucket or of a KMS key, which has others as well. */
export interface ResourceStatements {
  /** The bucket's name, or the key's ARN. */
  resource: string;
  /** Of the resource, as far as it is known. */
  account?: string;
  storages: readonly string[];
  statements: readonly PolicyStatement[];
}

/** The storages of one place, with the roles and users whose sessions they vend. */
interface Holders {
  facts: readonly StorageFacts[];
  roles: readonly StorageRole[];
  users: readonly KeyUser[];
}

/**
 * What the policies of buckets on AWS should say: nothing without TLS, and, where a bucket is in another account than a role
 * or user, what that may do there. In its own account an identity's own policy is enough. They shut nobody else out: what else
 * works with a bucket is not known here.
 *
 * @example bucketStatements(holders, setting)[0]?.resource // "example-lake"
 */
export function bucketStatements(
  { facts, ...holders }: Holders,
  { bucketAccounts }: IamSetting,
): ResourceStatements[] {
  const onAws = facts.filter(({ storage }) => isAws(storage.endpoint));
  const byBucket = Map.groupBy(onAws, ({ storage }) => storage.bucket);
  return [...byBucket].map(([bucket, ofBucket]) => {
    const accounts = ofBucket.flatMap(({ storage }) => bucketAccounts?.get(storage.name) ?? []);
    const statements = ofBucket.flatMap(({ storage, rights }): PolicyStatement[] => {
      const account = bucketAccounts?.get(storage.name);
      const holder = holderOf(storage, holders);
      if (account === undefined || holder === undefined || holder.account === account) return [];
      return rights.filter((right) => !isOnKeys(right)).map((right) => allowFor(holder, right));
    });
    const [account] = accounts;
    return {
      resource: bucket,
      ...(account && { account }),
      storages: ofBucket.map(({ storage }) => storage.name),
      statements: [
        ...ofBucket.slice(0, 1).map(({ storage }) => onlyByTls(storage)),
        ...joinStatements(statements),
      ],
    };
  });
}

/**
 * What the policies of KMS keys have to say unless they leave it to IAM, and where a key is in another account in any case.
 *
 * @example keyStatements(holders)[0]?.statements[0]?.Action // ["kms:Decrypt", "kms:GenerateDataKey"]
 */
export function keyStatements({ facts, ...holders }: Holders): ResourceStatements[] {
  const uses = facts.flatMap(({ storage, rights }) => {
    const holder = holderOf(storage, holders);
    if (holder === undefined) return [];
    return rights.filter(isOnKeys).flatMap(({ Condition, ...right }) =>
      right.Resource.map((key) => ({
        key,
        storage: storage.name,
        // A key's policy is about this key. Which objects it is for stands in the identity's own policy.
        statement: allowFor(holder, {
          ...right,
          Resource: ["*"],
          Condition: { StringEquals: Condition?.["StringEquals"] ?? {} },
        }),
      })),
    );
  });
  return [...Map.groupBy(uses, ({ key }) => key)].map(([resource, ofKey]) => {
    const account = resource.split(":")[4];
    return {
      resource,
      ...(account && { account }),
      storages: [...new Set(ofKey.map(({ storage }) => storage))],
      statements: joinStatements(ofKey.map(({ statement }) => statement)),
    };
  });
}

/** The principal that a storage's sessions are, as policies know it. */
function holderOf(
  storage: StorageFacts["storage"],
  { roles, users }: Omit<Holders, "facts">,
): Caller | undefined {
  if ("roleArn" in storage) return roles.find(({ arn }) => arn === storage.roleArn);
  const user = userOf(storage, users);
  if (user?.account === undefined) return undefined;
  const { partition } = storage;
  const { account, path, name } = user;
  if (storage.issue !== "federation-token")
    return { partition, account, arn: `arn:${partition}:iam::${account}:user${path}${name}` };
  const session = storage.sessions === "shared" ? sessionName(storage, { issuer: "", subject: "" }) : "*";
  return { partition, account, arn: `arn:${partition}:sts::${account}:federated-user/${session}` };
}

function isOnKeys({ Action }: Statement): boolean {
  return Action.some((action) => action.startsWith("kms:"));
}

/** As in a role's trust, the principal is the whole account: so its own policies, and those of its sessions, count as well. */
function allowFor(holder: Caller, { Action, Resource, Condition }: Statement): PolicyStatement {
  return {
    Effect: "Allow",
    Principal: { AWS: [accountArn(holder)] },
    Action,
    Resource,
    Condition: { ArnEquals: { "aws:PrincipalArn": [holder.arn] }, ...Condition },
  };
}

function onlyByTls(storage: StorageFacts["storage"]): PolicyStatement {
  const arn = bucketArn(storage, storage);
  return {
    Effect: "Deny",
    Principal: "*",
    Action: ["s3:*"],
    Resource: [arn, `${arn}/*`],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
}
