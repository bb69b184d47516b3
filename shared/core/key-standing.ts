import type { Store } from "./dialect.ts";
import type { Session } from "./session.ts";

/** The long-term key that a storage's sessions are to come from, as the last instance saw it that read another one. */
export interface StorageKey {
  /** Its fingerprint. */
  key: string;
  /** When its secret was read, in epoch milliseconds. */
  readAt: number;
  /** Has STS accepted it? */
  isProven: boolean;
}

/** `due`: it should be issued again by the new key; `ended`: the store has ended it together with its key. */
export type KeyStanding = "current" | "due" | "ended";

/** MinIO ends a user's sessions with the user; elsewhere a session outlives the long-term key that issued it. */
const endingStores: readonly (Store | undefined)[] = ["minio"];

/**
 * Whether a session still comes from its storage's long-term key.
 *
 * @param storageKey `undefined` where none is known: then nothing is compared
 * @example keyStanding(session, { key: "n3w", readAt: now, isProven: true }, "minio") // "ended"
 */
export function keyStanding(
  { issuedBy }: Pick<Session, "issuedBy">,
  storageKey: StorageKey | undefined,
  store: Store | undefined,
): KeyStanding {
  if (issuedBy === undefined || storageKey === undefined || issuedBy.key === storageKey.key) return "current";
  const { key, readAt, isProven } = storageKey;
  // While STS does not know the new key yet, another session would come from the old one as well.
  const isInstead = issuedBy.insteadOf === key;
  if (isInstead && !isProven) return "current";
  // It comes from a key that is newer than what is known of the storage.
  if (!isInstead && issuedBy.readAt > readAt) return "current";
  const endsWithKey = endingStores.includes(store);
  if (isProven) return endsWithKey ? "ended" : "due";
  // Where sessions outlive their key, nothing is to be done before the new one works.
  return endsWithKey ? "due" : "current";
}
