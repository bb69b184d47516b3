import type { IdentityProvider } from "./identity-providers.ts";
import type { KeyUser } from "./key-users.ts";
import type { PolicyDocument } from "./policy-document.ts";
import type { ResourceStatements } from "./resource-policies.ts";
import type { IamPlace } from "./storage-facts.ts";
import type { StorageRole } from "./storage-roles.ts";

/** The user whose long-term key is in a storage's secret, as it has to be. */
export interface StorageUser extends Omit<KeyUser, "facts"> {
  /** Names of the storages that use its key. */
  storages: readonly string[];
  /** All that it may do; absent where it needs no right. */
  policy?: PolicyDocument;
}

/** A policy that the settings of a store refer to by its name. */
interface NamedPolicy {
  name: string;
  storages: readonly string[];
  policy: PolicyDocument;
}

/** The IAM of one place that the storages there need, outside of the stack. */
export interface ExpectedIam extends Omit<IamPlace, "facts"> {
  users: StorageUser[];
  roles: StorageRole[];
  providers: IdentityProvider[];
  policies: NamedPolicy[];
  /** For the policies of buckets and of KMS keys. */
  buckets: ResourceStatements[];
  keys: ResourceStatements[];
}

/** A user with its policy, if it has any. */
export function storageUser({ facts, ...user }: KeyUser, policy: PolicyDocument | undefined): StorageUser {
  return { ...user, storages: facts.map(({ storage }) => storage.name), ...(policy && { policy }) };
}
