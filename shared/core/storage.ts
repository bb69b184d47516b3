import type { StorageAddress } from "../contract.ts";
import type { Dialect, Store } from "./dialect.ts";

interface StorageCommon {
  name: string;
  bucket: string;
  /** Empty for the whole bucket, otherwise whole segments with a trailing slash: `lake/tables/`. */
  prefix: string;
  region: string;
  /** Base URL of the S3 API. */
  endpoint: string;
  pathStyleAccess: boolean;
  /** Of the storage's ARNs: `aws`, `aws-cn` and so on. */
  partition: string;
  /** What kind of store it is, where the configuration says it. */
  store?: Store;
  /** What its policies may hold, by its addresses and its store. */
  dialect: Dialect;
  maxDurationSeconds: number;
  /** One session for all callers of a scope, or one for each principal. */
  sessions: "shared" | "per-principal";
  /** ARNs of the KMS keys that encrypt the objects, where clients need to use them. */
  kmsKeyArn?: string | readonly string[];
}

interface WithSts {
  /** Absent: AWS's own. */
  stsEndpoint?: string;
}

/** How the long-term key in a storage's secret is replaced, again and again, by another one of the same user. */
export interface KeyRotation {
  /**
   * The IAM user whose keys they are, with its path if it has one: `teams/data/lake`. Absent: the user that is generated for
   * the first storage of the secret.
   */
  user?: string;
  everyDays: number;
}

interface WithKey {
  /** Name or ARN of the secret that holds the long-term key. */
  secret: string;
  /** Absent: the operator replaces the key. */
  rotation?: KeyRotation;
}

interface SessionTokenStorage extends StorageCommon, WithSts, WithKey {
  issue: "session-token";
}

interface FederationTokenStorage extends StorageCommon, WithSts, WithKey {
  issue: "federation-token";
}

/** Without a secret the role is assumed by the function's own role, which AWS caps at one hour (role chaining). */
interface AssumeRoleStorage extends StorageCommon, WithSts, Partial<WithKey> {
  issue: "assume-role";
  roleArn: string;
  externalId?: string;
  /** The session's name is its source identity too, unless the grant gives one; for `per-principal` sessions only. */
  sourceIdentity?: true;
}

interface WebIdentityStorage extends StorageCommon, WithSts {
  issue: "web-identity";
  roleArn: string;
}

interface StaticStorage extends StorageCommon, WithKey {
  issue: "static";
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

/** How a storage's credentials are issued. What is to be known of each way stands in `ways.ts`. */
export type Way = Storage["issue"];

/** A storage whose credentials are issued in this way. */
export type StorageOf<W extends Way> = Extract<Storage, { issue: W }>;

/**
 * The name or ARN of the secret that holds a storage's long-term key; `undefined` where there is none.
 *
 * @example secretOf(storage) // "keyvend/lake"
 */
export function secretOf(storage: Storage | { secret?: string }): string | undefined {
  return "secret" in storage ? storage.secret : undefined;
}

/**
 * How a storage's long-term key is rotated, as the storage says it.
 *
 * @example rotationOf(storage) // { everyDays: 90 }
 */
export function rotationOf(storage: Storage): KeyRotation | undefined {
  return "rotation" in storage ? storage.rotation : undefined;
}

/**
 * A storage's address in the form of the API.
 *
 * @example addressOf(storage) // { Storage: "lake", Bucket: "lake", Endpoint: "https://…", … }
 */
export function addressOf(storage: Storage): StorageAddress {
  return {
    Storage: storage.name,
    Bucket: storage.bucket,
    Endpoint: storage.endpoint,
    Region: storage.region,
    PathStyleAccess: storage.pathStyleAccess,
  };
}
