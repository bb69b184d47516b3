/**
 * What goes over the wire between keyvend and its clients. The ground floor of the house: it imports nothing.
 */

/** What may be done under a prefix; the words of S3 Access Grants. */
export type Permission = "READ" | "WRITE" | "READWRITE";

/**
 * What a grant may allow beside its permission, and within it. What each contains and what it costs: `infra/scopes.md`.
 */
export const operationGroups = [
  "folder",
  "versions",
  "delete-versions",
  "tags",
  "attributes",
  "retention",
  "restore",
  "uploads",
  "bucket-check",
] as const;

export type OperationGroup = (typeof operationGroups)[number];

/**
 * Who holds the vended credentials to their scope: a session policy sent to STS, nothing but the rights of the
 * identity whose keys were used, or (`none`) nobody at all.
 */
export type ScopeEnforcement = "session-policy" | "identity" | "none";

/** What limited the duration of vended credentials when it is less than was asked for. */
export type DurationCap = "grant" | "storage" | "sts";

/** Where a storage is and how it is addressed: all that an S3 client needs besides credentials. */
export interface StorageAddress {
  /** The storage's name in the service's configuration. */
  Storage: string;
  Bucket: string;
  /** Base URL of the S3 API, without a trailing slash, for example `https://s3.eu-central-1.amazonaws.com`. */
  Endpoint: string;
  Region: string;
  PathStyleAccess: boolean;
}

/**
 * The default answer: the AWS container-credentials shape, which any AWS SDK understands, with the storage's address
 * and the scope beside it. SDKs ignore the members that they do not know.
 */
export interface CredentialsAnswer extends StorageAddress {
  AccessKeyId: string;
  SecretAccessKey: string;
  /** The session token; empty where a storage vends long-term keys (`static`). */
  Token: string;
  /** RFC 3339, UTC, for example `2026-11-22T15:00:00Z`. */
  Expiration: string;
  /** What the credentials reach: `s3://bucket/prefix/`, one or more. */
  Targets: string[];
  Permission: Permission;
  /** What the grant allows beside the permission; absent where that is nothing. */
  Also?: OperationGroup[];
  ScopeEnforcedBy: ScopeEnforcement;
  /** Seconds that were granted; a cached answer has less than that left. */
  DurationSeconds: number;
  /** Present when less was granted than was asked for: what capped it. */
  DurationCappedBy?: DurationCap;
  /** Present when the operator should change something, for example on a storage that vends long-term keys. */
  Warning?: string;
}

/**
 * What `format=` may ask for: one credential in the shape that some client reads. The default is `container`, the shape
 * above. `shared/formats` has one file for each.
 */
export const credentialsFormats = ["container", "process", "iceberg", "fluss", "hadoop", "env"] as const;

export type CredentialsFormat = (typeof credentialsFormats)[number];

/** One storage that the caller may use. */
export interface StorageSummary extends StorageAddress {
  Grants: {
    Targets: string[];
    Permission: Permission;
    Also?: OperationGroup[];
    MaxDurationSeconds: number;
  }[];
  /** False where the storage gives its address only (`issue: none`). */
  Vends: boolean;
}

/** Answer of `GET /v1/storages`. */
export interface StoragesAnswer {
  Storages: StorageSummary[];
}

/** Every error code that keyvend answers with; the union is closed. */
export type ErrorCode =
  | "invalid_request"
  | "not_found"
  | "unauthenticated"
  | "no_grant"
  | "revoked"
  | "choose_target"
  | "delegation_off"
  | "not_scopable"
  | "policy_too_large"
  | "identity_not_accepted"
  | "storage_misconfigured"
  | "throttled"
  | "unavailable"
  | "internal";

/** What a grant demands and the caller, or its request, lacks. */
export interface FailedCondition {
  /**
   * `subject` or `claims.<name>`, of the caller; `sourceIps` or `expires`, of its address and the time; `target`,
   * `permission` or `externalId`, of the request.
   */
  Condition: string;
  /** `not_plain`: the value may not stand where the grant would put it, for example in a prefix. */
  Reason: "missing" | "no_match" | "not_plain" | "beyond_grant";
  /** What the caller brought; never what the grant asks for. */
  Value?: unknown;
}

/** A grant that nearly covers a request. */
export interface NearMiss {
  /** Its name, where it is the caller's and the request goes beyond it; other grants are not named. */
  Grant?: string;
  Failed: FailedCondition[];
}

/** What is kept for a request: times, and neither credentials nor their ids. */
export interface CacheState {
  /**
   * `servable`: it answers the request. `stale`: it answers only if STS gives nothing better. `empty`: STS is asked.
   * `never`: this way keeps nothing. `unreachable`: STS is asked, because the cache cannot be.
   */
  State: "servable" | "stale" | "empty" | "never" | "unreachable";
  Expiration?: string;
  /** The end that a caller of STS would be told now; `Expiration` is the session's own. */
  ToldExpiration?: string;
  ServableUntil?: string;
  /** Used since it was issued: only then it is issued again ahead of need, when it is due. */
  Used?: boolean;
  DueAt?: string;
}

/**
 * Answer of `GET /v1/storages/{storage}/explain`: what the same query would be answered with, and why. Address, grant and
 * scope are told once a grant is found, even if the request is refused for another reason.
 */
export interface ExplainAnswer extends Partial<StorageAddress> {
  /** As it was asked for, whether or not there is such a storage. */
  Storage: string;
  Decision: "allowed" | "refused";
  /** The code with which a request for credentials is refused. */
  Code?: ErrorCode;
  Message?: string;
  /** With `no_grant`: the grants that are nearly the caller's, by what each of them failed at; equal ones stand once. */
  NearMisses?: NearMiss[];
  /** The caller that asks, and which of its claims the grant that decides has looked at. */
  Caller: { Issuer: string; Subject: string; Claims?: Record<string, unknown> };
  Grant?: string;
  /** When the grant ends; absent where it does not. */
  GrantEnds?: string;
  Targets?: string[];
  Permission?: Permission;
  Also?: OperationGroup[];
  /** What the caller should know of what is in `Also`. */
  Notes?: string[];
  DurationSeconds?: number;
  DurationCappedBy?: DurationCap;
  /** For how long STS is asked, where a caller of STS is told `DurationSeconds` of it. */
  IssuedSeconds?: number;
  /** How the storage issues, as its configuration says it: `assume-role`. */
  Way?: string;
  /** The call to STS behind it: `AssumeRole`; absent where none is made. */
  StsCall?: string;
  ScopeEnforcedBy?: ScopeEnforcement;
  /** The session policy as STS gets it; absent where it gets none. */
  Policy?: { Document: string; Characters: number; MostCharacters: number };
  /** With `policy`: of what that allows, what the grant does not. It is not in `Policy`. */
  Removed?: string[];
  Cache?: CacheState;
  /** The service's time. */
  Time: string;
}

/** One fault of a request, by field. */
export interface FieldFault {
  field: string;
  message: string;
}

/**
 * The one error shape. `code`/`message` are read by the AWS SDKs for Go and Rust, `Code`/`Message` by JavaScript's.
 * A `none` storage adds its address, so that a client with credentials of its own can go on.
 */
export interface Problem extends Partial<StorageAddress> {
  code: ErrorCode;
  message: string;
  Code: ErrorCode;
  Message: string;
  requestId: string;
  /** Present with `invalid_request`: every field that is wrong. */
  fields?: FieldFault[];
}
