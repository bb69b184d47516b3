/**
 * What goes over the wire between keyvend and its clients. The ground floor of the house: it imports nothing.
 */

/** What may be done under a prefix; the words of S3 Access Grants. */
export type Permission = "READ" | "WRITE" | "READWRITE";

/**
 * Who holds the vended credentials to their scope: a session policy sent to STS, nothing but the rights of the
 * identity whose keys were used, or (`none`) nobody at all.
 */
export type ScopeEnforcement = "session-policy" | "identity" | "none";

/** What limited the duration of vended credentials when it is less than was asked for. */
export type DurationCap = "grant" | "storage" | "issuer";

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
  ScopeEnforcedBy: ScopeEnforcement;
  /** Seconds that were granted; a cached answer has less than that left. */
  DurationSeconds: number;
  /** Present when less was granted than was asked for: what capped it. */
  DurationCappedBy?: DurationCap;
  /** Present when the operator should change something, for example on a storage that vends long-term keys. */
  Warning?: string;
}

/** One storage that the caller may use. */
export interface StorageSummary extends StorageAddress {
  Grants: { Targets: string[]; Permission: Permission; MaxDurationSeconds: number }[];
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
  | "choose_target"
  | "delegation_off"
  | "not_scopable"
  | "policy_too_large"
  | "identity_not_accepted"
  | "storage_misconfigured"
  | "throttled"
  | "unavailable"
  | "internal";

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
