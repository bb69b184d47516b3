import type { UserKey } from "../../core/rotation.ts";
import type { RotationNote } from "../../core/rotation-note.ts";
import type { Storage } from "../../core/storage.ts";

/** A long-term key as it signs. */
export interface KeyPair {
  accessKeyId: string;
  secretAccessKey: string;
}

/** A secret without its values. */
export interface SecretLook {
  /** The labels of each version, by the version's id. */
  stages: ReadonlyMap<string, readonly string[]>;
  note: RotationNote;
  /** How Secrets Manager rotates it; absent while it does not. */
  schedule?: RotationSchedule;
}

interface RotationSchedule {
  functionArn: string;
  /** `expression` where an operator has written one instead; absent where no time is set. */
  every?: number | "expression";
}

/** Reads a secret. Each method throws `RotationFault`. */
export interface KeySecrets {
  look(secret: string): Promise<SecretLook>;
  /** The key that a version holds; `undefined` where there is no such version, or no key in it. */
  read(secret: string, version: string): Promise<KeyPair | undefined>;
}

/** Changes a secret. Each method throws `RotationFault`. */
export interface KeySecretChanges {
  /** Puts a key into the pending version. */
  putPending(secret: string, version: string, key: KeyPair): Promise<void>;
  /** Makes a version the current one instead of `from`, and `from` the previous one. */
  promote(secret: string, version: string, from: string): Promise<void>;
  /** The version is pending no more. */
  endPending(secret: string, version: string): Promise<void>;
  note(secret: string, note: RotationNote): Promise<void>;
}

/** Has Secrets Manager rotate a secret by itself, for the first time when the days have passed. Throws `RotationFault`. */
export type StartSchedule = (
  secret: string,
  schedule: { functionArn: string; everyDays: number },
) => Promise<void>;

/** A user's access keys. Each method throws `RotationFault`. */
export interface UserKeys {
  list(user: string): Promise<UserKey[]>;
  wasUsed(id: string): Promise<boolean>;
  create(user: string): Promise<KeyPair>;
  deactivate(user: string, id: string): Promise<void>;
  /** Without effect if there is no such key. */
  remove(user: string, id: string): Promise<void>;
}

/** What the STS of a storage says of a key: the ARN of its user, or the code of the refusal. */
export type KeyIdentity = { arn: string } | { refusal: string };

/** Asks each STS of some storages once. */
export type AskIdentity = (storages: readonly Storage[], key: KeyPair) => Promise<KeyIdentity[]>;

/** A rotation cannot go on. The message is for the operator, and names neither a key nor an id of one. */
export class RotationFault extends Error {
  override readonly name = "RotationFault";
}
