import type { ScopeEnforcement, StorageAddress } from "../contract.ts";

interface StorageCommon {
  name: string;
  bucket: string;
  /** Empty for the whole bucket, otherwise whole segments with a trailing slash: `lake/tables/`. */
  prefix: string;
  region: string;
  /** Base URL of the S3 API. */
  endpoint: string;
  pathStyleAccess: boolean;
  /** Of the storage's ARNs: `aws`, `aws-cn`, `aws-us-gov`. */
  partition: string;
  maxDurationSeconds: number;
  /** One session for all callers of a scope, or one for each principal. */
  sessions: "shared" | "per-principal";
  /** ARN of the KMS key that encrypts the objects, where clients need to use it. */
  kmsKeyArn?: string;
}

interface WithSts {
  /** Absent: AWS's own. */
  stsEndpoint?: string;
}

export interface SessionTokenStorage extends StorageCommon, WithSts {
  issue: "session-token";
  /** Name or ARN of the secret that holds the long-term key. */
  secret: string;
}

export interface FederationTokenStorage extends StorageCommon, WithSts {
  issue: "federation-token";
  secret: string;
}

export interface AssumeRoleStorage extends StorageCommon, WithSts {
  issue: "assume-role";
  roleArn: string;
  /** Absent: the role is assumed by the function's own role, which AWS caps at one hour (chaining). */
  secret?: string;
  externalId?: string;
  /** The session's name is its source identity too, unless the grant gives one; for `per-principal` sessions only. */
  sourceIdentity?: true;
}

export interface WebIdentityStorage extends StorageCommon, WithSts {
  issue: "web-identity";
  roleArn: string;
}

export interface StaticStorage extends StorageCommon {
  issue: "static";
  secret: string;
  /** The operator knows that clients receive the long-term key itself. */
  acknowledgeLongTermKeys: true;
}

interface NoneStorage extends StorageCommon {
  issue: "none";
}

/** A named S3 place and how its credentials are issued; `issue` is the way. */
export type Storage =
  | SessionTokenStorage
  | FederationTokenStorage
  | AssumeRoleStorage
  | WebIdentityStorage
  | StaticStorage
  | NoneStorage;

export type Way = Storage["issue"];

/** A storage that answers with credentials. */
export type VendingStorage = Exclude<Storage, NoneStorage>;

/** A storage whose sessions are kept. A long-term key (`static`) never is: it stays in Secrets Manager. */
export type KeptStorage = Exclude<VendingStorage, StaticStorage>;

/** Who enforces the scope, by way. A way that cannot scope never pretends to. */
export const enforcementOf: Record<Exclude<Way, "none">, ScopeEnforcement> = {
  "session-token": "identity",
  "federation-token": "session-policy",
  "assume-role": "session-policy",
  "web-identity": "session-policy",
  static: "none",
};

export function addressOf(storage: Storage): StorageAddress {
  return {
    Storage: storage.name,
    Bucket: storage.bucket,
    Endpoint: storage.endpoint,
    Region: storage.region,
    PathStyleAccess: storage.pathStyleAccess,
  };
}
