/** What the documents depend on beside the configuration. The lists are by the names of storages. */
export interface IamSetting {
  stage: string;
  /** Of the functions. */
  region: string;
  /** Of the functions. Absent: that of the storages' roles, if all are in one. */
  account?: string;
  /** Stands for an account that nothing names. Absent: it is a fault where one is needed. */
  unknownAccount?: string;
  /** Users that there are already, by name or ARN; all others get names of keyvend's. */
  users?: ReadonlyMap<string, string>;
  /** Which subjects STS may let in for `web-identity`, as IAM writes patterns, in place of what the grants say. */
  subjects?: ReadonlyMap<string, readonly string[]>;
  /** Storages whose rights are to be on their whole prefix, and not on the grants' own. */
  whole?: ReadonlySet<string>;
  /** KMS keys of storages whose ways have no setting for them. */
  kmsKeyArns?: ReadonlyMap<string, readonly string[]>;
  /** Accounts of buckets that are in another than the storage's role or user. */
  bucketAccounts?: ReadonlyMap<string, string>;
}
