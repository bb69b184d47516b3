import { createHash } from "node:crypto";
import { type ParsedPolicy, parsePolicy } from "./iam/parse-policy.ts";
import { readTrust, type TrustStatement } from "./trust.ts";

/** A policy in the form of its JSON. */
export type PolicySource = Readonly<Record<string, unknown>>;

export interface AccessKey {
  accessKeyId: string;
  secretAccessKey: string;
}

interface UserSource {
  name: string;
  accessKeys: readonly AccessKey[];
  policies: readonly PolicySource[];
}

interface RoleSource {
  name: string;
  /** The trust policy. Its `Principal`s may assume the role. */
  trust: PolicySource;
  policies: readonly PolicySource[];
  /** 3,600 by default, 43,200 at most. */
  maxSessionSeconds?: number;
}

/** An OIDC issuer whose tokens AssumeRoleWithWebIdentity accepts. */
export interface OidcProvider {
  issuer: string;
  audiences: readonly string[];
  jwksUri: string;
}

interface AccountsOptions {
  accountId?: string;
  partition?: string;
  users?: readonly UserSource[];
  roles?: readonly RoleSource[];
  oidcProviders?: readonly OidcProvider[];
}

export interface User {
  name: string;
  arn: string;
  id: string;
  policies: readonly ParsedPolicy[];
}

export interface Role {
  name: string;
  arn: string;
  id: string;
  policies: readonly ParsedPolicy[];
  trust: readonly TrustStatement[];
  maxSessionSeconds: number;
}

/** One AWS account: its users with their long-term keys, its roles, and the OIDC issuers that it trusts. */
export interface Accounts {
  readonly accountId: string;
  readonly partition: string;
  userOfKey(accessKeyId: string): { user: User; secretAccessKey: string } | undefined;
  user(name: string): User | undefined;
  role(arn: string): Role | undefined;
  oidcProvider(issuer: string): OidcProvider | undefined;
}

/**
 * Makes an account in memory.
 *
 * @throws MalformedPolicy if a policy of a user or role is malformed
 * @example
 * createAccounts({ users: [{ name: "lake", accessKeys: [{ accessKeyId, secretAccessKey }], policies: [policy] }] })
 */
export function createAccounts(options: AccountsOptions): Accounts {
  const { accountId = "123456789012", partition = "aws" } = options;
  const arnOf = (kind: string, name: string) => `arn:${partition}:iam::${accountId}:${kind}/${name}`;

  const users = new Map<string, User>();
  const keys = new Map<string, { user: User; secretAccessKey: string }>();
  for (const { name, accessKeys, policies } of options.users ?? []) {
    const arn = arnOf("user", name);
    const user: User = { name, arn, id: uniqueId("AIDA", arn), policies: policies.map(parse) };
    users.set(name, user);
    for (const { accessKeyId, secretAccessKey } of accessKeys)
      keys.set(accessKeyId, { user, secretAccessKey });
  }

  const roles = new Map<string, Role>();
  for (const { name, trust, policies, maxSessionSeconds = 3_600 } of options.roles ?? []) {
    const arn = arnOf("role", name);
    const id = uniqueId("AROA", arn);
    roles.set(arn, {
      name,
      arn,
      id,
      policies: policies.map(parse),
      trust: readTrust(trust),
      maxSessionSeconds,
    });
  }

  const providers = new Map(options.oidcProviders?.map((provider) => [provider.issuer, provider]));
  return {
    accountId,
    partition,
    userOfKey: (accessKeyId) => keys.get(accessKeyId),
    user: (name) => users.get(name),
    role: (arn) => roles.get(arn),
    oidcProvider: (issuer) => providers.get(issuer),
  };
}

/** An id in IAM's form: a prefix for its kind, and 17 characters. It is the same at every start. */
function uniqueId(prefix: string, arn: string): string {
  return prefix + createHash("sha256").update(arn).digest("hex").slice(0, 17).toUpperCase();
}

function parse(policy: PolicySource): ParsedPolicy {
  return parsePolicy(JSON.stringify(policy));
}
