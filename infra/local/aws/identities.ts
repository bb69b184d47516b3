import { type ParsedPolicy, parsePolicy } from "./iam/parse-policy.ts";
import type { TrustPolicy } from "./trust.ts";

export interface AccessKey {
  accessKeyId: string;
  secretAccessKey: string;
}

/** A long-term key, with all that IAM knows of it. Times are in epoch milliseconds. */
export interface UserKey extends AccessKey {
  status: "Active" | "Inactive";
  readonly createdAt: number;
  /** IAM made it while the stand-ins ran, so that services may not know it yet. */
  readonly isNew: boolean;
  /** How often services met the key. */
  tries: number;
  lastUse: { readonly at: number; readonly region: string; readonly service: string } | undefined;
}

interface InlinePolicy {
  /** As it was put. */
  readonly document: string;
  readonly parsed: ParsedPolicy;
}

/** A user or a role. Calls of IAM change it, and the next request is judged by what it is then. */
export interface Identity {
  readonly name: string;
  readonly arn: string;
  /** `AIDA…` or `AROA…`. No other identity ever has it, not even a later one of the same name. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Inline policies by name. */
  readonly policies: Map<string, InlinePolicy>;
}

export interface User extends Identity {
  /** By access key id. */
  readonly keys: Map<string, UserKey>;
}

export interface Role extends Identity {
  trust: TrustPolicy;
  maxSessionSeconds: number;
  description: string | undefined;
}

/** A key as it is right after it was made. */
export function newUserKey(key: AccessKey, made: Pick<UserKey, "createdAt" | "isNew">): UserKey {
  return { ...key, ...made, status: "Active", tries: 0, lastUse: undefined };
}

/** Reads a policy and puts it under its name. Throws `MalformedPolicy`, and changes nothing then. */
export function putPolicy(identity: Identity, name: string, document: string): void {
  identity.policies.set(name, { document, parsed: parsePolicy(document) });
}

/** The policies by which the requests of a user or role are judged. */
export function policiesOf({ policies }: Identity): ParsedPolicy[] {
  return [...policies.values()].map(({ parsed }) => parsed);
}
