import { dayMs } from "./rotating-secret.ts";
import type { RotationNote } from "./rotation-note.ts";

// What a rotation does next, from what it finds. IAM gives a user two keys: the current one, and one that comes or goes.

/** One of a user's access keys, as IAM lists it. */
export interface UserKey {
  id: string;
  isActive: boolean;
  /** Epoch milliseconds. */
  createdAt: number;
}

/** Ids of the keys that the versions of a secret hold. */
interface HeldKeys {
  current: string;
  previous?: string;
  pending?: string;
  /** Of the version for which a key was made last. */
  made?: string;
}

/** What a rotation finds. */
export interface RotationState {
  /** All keys of the user. */
  keys: readonly UserKey[];
  held: HeldKeys;
  note: RotationNote;
}

/** A key is made, and its secret put away, within this time, or the attempt has failed. */
export const makingMs = 20_000;
/** How far IAM's clock and ours may differ. IAM dates keys in whole seconds. */
const skewMs = 60_000;

/** What is to be done so that the pending version gets a key. */
export type MakingPlan =
  | { next: "make" }
  /** The key that was made last has been put away, and its rotation was given up. */
  | { next: "adopt" }
  /** The key is in the way: one whose secret nobody has, or an old one whose time is up. */
  | { next: "delete"; key: UserKey; ifNeverUsed: boolean }
  | { next: "refuse"; because: "current-key" | "unknown-key" }
  /** Epoch milliseconds. */
  | { next: "refuse"; because: "too-early"; from: number };

/**
 * Plans how the next key is made. Only a key that an earlier attempt made, or that was the current one before, makes room.
 *
 * @example planMaking({ keys: [current], held: { current: current.id }, note: {} }, overlapMs, now).next // "make"
 */
export function planMaking(state: RotationState, overlapMs: number, now: number): MakingPlan {
  const { keys, held, note } = state;
  const others = keys.filter(({ id }) => id !== held.current);
  if (others.length === keys.length) return { next: "refuse", because: "current-key" };
  const [other, ...more] = others;
  if (other === undefined) return { next: "make" };
  if (more.length > 0) return { next: "refuse", because: "unknown-key" };
  if (other.id === held.previous) {
    const step = planOldKey(other, note, overlapMs, now);
    return step.next === "delete"
      ? { next: "delete", key: other, ifNeverUsed: false }
      : { next: "refuse", because: "too-early", from: step.deletedFrom };
  }
  if (other.id === held.made) {
    return other.isActive ? { next: "adopt" } : { next: "delete", key: other, ifNeverUsed: false };
  }
  // Its maker died before it could put the secret away.
  if (wasMadeBy(note, other)) return { next: "delete", key: other, ifNeverUsed: true };
  return { next: "refuse", because: "unknown-key" };
}

function wasMadeBy({ making }: RotationNote, { createdAt }: UserKey): boolean {
  if (making === undefined) return false;
  return createdAt >= making.at - skewMs && createdAt <= making.at + makingMs + skewMs;
}

/** The key that was the current one before, if the user still has it. */
export function oldKeyOf({ keys, held }: RotationState): UserKey | undefined {
  return held.previous === held.current ? undefined : keys.find(({ id }) => id === held.previous);
}

/** How many keys of the user no version of the secret holds. */
export function countUnknown({ keys, held }: RotationState): number {
  const known = Object.values(held);
  return keys.filter(({ id }) => !known.includes(id)).length;
}

/**
 * The note as it has to be now: a version that has become the current one counts from the time at which that is noticed.
 * So nothing that was done to the secret by hand makes a wait shorter.
 *
 * @example noteNow({}, "v2", undefined, now) // { current: { version: "v2", since: now } }
 */
export function noteNow(
  { making, current, inactiveSince }: RotationNote,
  version: string,
  oldKey: UserKey | undefined,
  now: number,
): RotationNote {
  const isKnown = current?.version === version;
  const isInactive = oldKey?.isActive === false;
  return {
    ...(making && { making }),
    current: { version, since: isKnown ? Math.min(current.since, now) : now },
    ...(isInactive && { inactiveSince: isKnown ? Math.min(inactiveSince ?? now, now) : now }),
  };
}

/** What is to be done with an old key. From `deletedFrom` on, in epoch milliseconds, it is certainly deleted by a rotation. */
interface OldKeyStep {
  next: "keep" | "deactivate" | "delete";
  deletedFrom: number;
}

/**
 * An old key is deactivated when no session that it issued can be left, and deleted a day later. If something still needs it,
 * it can be activated again within that day.
 *
 * @example planOldKey(oldKey, note, overlapMs, now).next // "deactivate"
 */
export function planOldKey(
  { isActive }: UserKey,
  { current, inactiveSince }: RotationNote,
  overlapMs: number,
  now: number,
): OldKeyStep {
  const inactiveFrom = (current?.since ?? now) + overlapMs;
  if (isActive) {
    // The next daily run deactivates it.
    const deletedFrom = Math.max(inactiveFrom, now) + 2 * dayMs;
    return { next: now >= inactiveFrom ? "deactivate" : "keep", deletedFrom };
  }
  const deletedFrom = Math.max(inactiveFrom, inactiveSince ?? now) + dayMs;
  return { next: now >= deletedFrom ? "delete" : "keep", deletedFrom };
}
