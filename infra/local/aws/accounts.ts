import { createHash } from "node:crypto";
import {
  type AccessKey,
  type Identity,
  newUserKey,
  putPolicy,
  type Role,
  type User,
  type UserKey,
} from "./identities.ts";
import { readTrust, type TrustPolicy, untrusting } from "./trust.ts";

/** A policy in the form of its JSON. */
export type PolicySource = Readonly<Record<string, unknown>>;

interface UserSource {
  name: string;
  /** `createdAt` in epoch milliseconds; that of the account by default. */
  accessKeys: readonly (AccessKey & { createdAt?: number })[];
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
  /** Since when all of this has been there, in epoch milliseconds; the present by default. */
  createdAt?: number;
}

/** What a service met when a key came that IAM made. */
interface NewKeyUse {
  /** How long ago IAM made the key. */
  ageMs: number;
  /** How often services met the key, this time included. */
  tries: number;
}

/** One AWS account: its users with their long-term keys, its roles, and the OIDC issuers that it trusts. */
export interface Accounts {
  readonly accountId: string;
  readonly partition: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** By name. */
  readonly users: Map<string, User>;
  /** By name. */
  readonly roles: Map<string, Role>;
  /** By issuer. */
  readonly oidcProviders: ReadonlyMap<string, OidcProvider>;
  /**
   * Whether services accept a key that IAM made: always, until a test replaces `accepts`. On AWS it takes seconds until
   * all of them do, and meanwhile the same key is accepted by some and refused by others.
   *
   * @example accounts.newKeys.accepts = ({ tries }) => tries > 3 && tries !== 5
   */
  readonly newKeys: { accepts: (use: NewKeyUse) => boolean };
  arnOf(kind: "user" | "role" | "oidc-provider", name: string): string;
  /** The user whose active key it is. Each call counts as a service that meets the key. `now` in epoch milliseconds. */
  userOfKey(accessKeyId: string, now: number): { user: User; key: UserKey } | undefined;
  role(arn: string): Role | undefined;
  createUser(name: string, now: number): User;
  createRole(name: string, trust: TrustPolicy, now: number): Role;
  identities(): (User | Role)[];
  /** Reads a trust policy, whose principals are bound to the users and roles that are there. Throws `MalformedPolicy`. */
  trustOf(policy: unknown): TrustPolicy;
}

/**
 * Makes an account in memory.
 *
 * @throws MalformedPolicy if a policy of a user or role is malformed
 * @example
 * createAccounts({ users: [{ name: "lake", accessKeys: [{ accessKeyId, secretAccessKey }], policies: [policy] }] })
 */
export function createAccounts(options: AccountsOptions): Accounts {
  const { accountId = "123456789012", partition = "aws", createdAt = Date.now() } = options;
  const users = new Map<string, User>();
  const roles = new Map<string, Role>();
  const made = new Map<string, number>();
  const newKeys: Accounts["newKeys"] = { accepts: () => true };

  const arnOf: Accounts["arnOf"] = (kind, name) => `arn:${partition}:iam::${accountId}:${kind}/${name}`;

  /** An id in IAM's form: a prefix for its kind, and 17 characters. It is the same at every start, but never given twice. */
  function newId(prefix: string, arn: string): string {
    const before = made.get(arn) ?? 0;
    made.set(arn, before + 1);
    const source = before === 0 ? arn : `${arn} ${before}`;
    return prefix + createHash("sha256").update(source).digest("hex").slice(0, 17).toUpperCase();
  }

  function createUser(name: string, now: number): User {
    const arn = arnOf("user", name);
    const id = newId("AIDA", arn);
    const user: User = { name, arn, id, createdAt: now, policies: new Map(), keys: new Map() };
    users.set(name, user);
    return user;
  }

  function createRole(name: string, trust: TrustPolicy, now: number): Role {
    const arn = arnOf("role", name);
    const id = newId("AROA", arn);
    const rest = { maxSessionSeconds: 3_600, description: undefined, policies: new Map() };
    const role: Role = { name, arn, id, createdAt: now, trust, ...rest };
    roles.set(name, role);
    return role;
  }

  function userOfKey(accessKeyId: string, now: number) {
    const user = [...users.values()].find(({ keys }) => keys.has(accessKeyId));
    const key = user?.keys.get(accessKeyId);
    if (user === undefined || key === undefined) return undefined;
    key.tries++;
    const isKnown = !key.isNew || newKeys.accepts({ ageMs: now - key.createdAt, tries: key.tries });
    return isKnown && key.status === "Active" ? { user, key } : undefined;
  }

  const identities = () => [...users.values(), ...roles.values()];
  const trustOf = (policy: unknown) => readTrust(policy, { accountId, identities: identities() });

  for (const { name, accessKeys, policies } of options.users ?? []) {
    const user = createUser(name, createdAt);
    putPolicies(user, policies);
    for (const key of accessKeys)
      user.keys.set(
        key.accessKeyId,
        newUserKey(key, { createdAt: key.createdAt ?? createdAt, isNew: false }),
      );
  }
  // The roles may trust each other.
  for (const { name, policies, maxSessionSeconds = 3_600 } of options.roles ?? []) {
    const role = createRole(name, untrusting, createdAt);
    putPolicies(role, policies);
    role.maxSessionSeconds = maxSessionSeconds;
  }
  for (const { name, trust } of options.roles ?? []) {
    const role = roles.get(name);
    if (role !== undefined) role.trust = trustOf(trust);
  }

  return {
    accountId,
    partition,
    createdAt,
    users,
    roles,
    oidcProviders: new Map(options.oidcProviders?.map((provider) => [provider.issuer, provider])),
    newKeys,
    arnOf,
    userOfKey,
    identities,
    role: (arn) => [...roles.values()].find((role) => role.arn === arn),
    createUser,
    createRole,
    trustOf,
  };
}

function putPolicies(identity: Identity, policies: readonly PolicySource[]): void {
  for (const [at, policy] of policies.entries())
    putPolicy(identity, `policy-${at + 1}`, JSON.stringify(policy));
}
