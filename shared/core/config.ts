import type { Permission } from "../contract.ts";
import type { Claims } from "./claims.ts";
import type { GrantIndex } from "./grant-index.ts";
import type { Storage } from "./storage.ts";

/** An OIDC issuer whose tokens are accepted. */
export interface TrustedIssuer {
  name: string;
  /** The `iss` of its tokens, compared exactly. */
  issuer: string;
  /** Any of these must be in `aud`. `none`: its tokens have no `aud`, and one that has is refused. */
  audience: readonly string[] | "none";
  /** Signature algorithms that are accepted; never `none`, never a symmetric one. */
  algorithms: readonly string[];
  /** Absent: found by discovery under the issuer's address. */
  jwksUri?: string;
  clockToleranceSeconds: number;
  /** Accepted `typ`s of its tokens, as media types in lower case; `none` is for a token without one. */
  tokenTypes: readonly string[];
  /** By `iat`. Absent: a token is accepted until it expires. */
  maxTokenAgeSeconds?: number;
  /** Claims without which a token is refused, and the values that are accepted of each; with none, any value is. */
  requiredClaims: Readonly<Record<string, readonly string[]>>;
}

/** A static token, for callers that no OIDC issuer knows. Of the token itself only its hash is known. */
export interface ApiToken {
  name: string;
  /** Of the whole token, in hexadecimal. */
  sha256: string;
  /** Epoch milliseconds; from then on it is refused. */
  expiresAt: number;
  claims: Claims;
}

/**
 * A pair of an access key id and a secret that opens keyvend and nothing else, for clients that sign as they would for STS.
 * The secret is derived from a master key and the id, so that it is kept nowhere.
 */
export interface ClientKey {
  name: string;
  /** Each stands for a secret of its own: while a client changes to its next key, it has two. */
  ids: readonly string[];
  /** Epoch milliseconds; from then on it is refused. */
  expiresAt: number;
  claims: Claims;
  /** Which storage a request is for that can name none, as GetSessionToken. */
  storage?: string;
}

/** How credentials in use are issued again ahead of need. */
export interface WarmSettings {
  /** Calls to STS that all warmers together may make in any second. */
  stsCallsPerSecond: number;
}

/** How many misses may ask STS in ten minutes. */
export interface MissLimits {
  perPrincipal: number;
  /** In place of `perPrincipal`: behind a client key stands a service with many users. */
  perClientKey: number;
  perStorage: number;
}

/** What a role that clients of the STS door name stands for, where its ARN does not say that itself. */
export interface StsRole {
  arn: string;
  storage: string;
  permission?: Permission;
  /** A folder under the storage's own prefix; absent for all of it. */
  prefix?: string;
}

/** What grants call the issuer of identities that no OIDC issuer vouches for: the name of their kind. */
export const reservedIssuers = ["aws", "api-token", "client-key"] as const;

/** All that an operator configures, checked. Issuers and storages are by their names. */
export interface Config {
  issuers: ReadonlyMap<string, TrustedIssuer>;
  /** Accounts whose IAM users and roles are accepted; empty: none is. */
  awsAccounts: readonly string[];
  apiTokens: readonly ApiToken[];
  clientKeys: readonly ClientKey[];
  storages: ReadonlyMap<string, Storage>;
  grants: GrantIndex;
  stsRoles: readonly StsRole[];
  warm: WarmSettings;
  misses: MissLimits;
  /** Certificates in PEM of authorities that are trusted beside the usual ones, whatever is called. */
  caBundle?: readonly string[];
  /** The origins whose pages in browsers may ask the API: API Gateway's own setting, at deployment. Absent: none may. */
  corsOrigins?: readonly string[];
}
