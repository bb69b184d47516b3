import { dayMs, type RotatingSecret } from "../../core/rotating-secret.ts";
import { countUnknown, oldKeyOf, planOldKey } from "../../core/rotation.ts";
import { formatNote } from "../../core/rotation-note.ts";
import type { Clock } from "../ports.ts";
import {
  type AskIdentity,
  type KeySecretChanges,
  type KeySecrets,
  RotationFault,
  type StartSchedule,
  type UserKeys,
} from "./ports.ts";
import { type Found, readState, versionWith } from "./read-state.ts";
import { refusalIn } from "./test-key.ts";

/** Secrets Manager chooses the hour of a rotation by itself, and tries it again where it fails. */
const graceDays = 2;

/** What a daily run found of a secret, and what it did. */
export interface KeyReport {
  ageDays: number;
  isOverdue: boolean;
  /** Keys of the user that no version of the secret holds. They are left alone. */
  unknownKeys: number;
  oldKey: "none" | "kept" | "deactivated" | "deleted";
  /** Secrets Manager was told to rotate it from now on. */
  hasNewSchedule: boolean;
}

/** Looks after a secret once a day: the next rotation, and the old key. Throws `RotationFault`. */
type TendKey = (rotating: RotatingSecret) => Promise<KeyReport>;

/**
 * Deactivates an old key when its time has come, deletes it a day later, and keeps Secrets Manager's schedule as configured.
 *
 * @param ports `functionArn` is the function's own, which Secrets Manager is to invoke
 * @example const { ageDays } = await createTendKey(ports)(rotating)
 */
export function createTendKey(ports: {
  secrets: KeySecrets;
  changes: Pick<KeySecretChanges, "note">;
  userKeys: Pick<UserKeys, "list" | "deactivate" | "remove">;
  startSchedule: StartSchedule;
  askIdentity: AskIdentity;
  functionArn: string;
  clock: Clock;
}): TendKey {
  const { secrets, changes, userKeys, startSchedule, askIdentity, functionArn, clock } = ports;

  async function retire(rotating: RotatingSecret, found: Found): Promise<KeyReport["oldKey"]> {
    const { secret, user, overlapMs } = rotating;
    const old = oldKeyOf(found);
    if (old === undefined) return "none";
    const { next } = planOldKey(old, found.note, overlapMs, clock.now());
    if (next === "keep") return "kept";
    await requireCurrentKey(rotating, found);
    if (next === "delete") {
      await userKeys.remove(user, old.id);
      return "deleted";
    }
    await userKeys.deactivate(user, old.id);
    await changes.note(secret, { ...found.note, inactiveSince: clock.now() });
    return "deactivated";
  }

  /** Before the key that could stand in goes, the other one has to work. */
  async function requireCurrentKey(rotating: RotatingSecret, { currentKey }: Found): Promise<void> {
    const refusal = refusalIn(await askIdentity(rotating.storages, currentKey), rotating);
    if (refusal !== undefined)
      throw new RotationFault(
        `STS does not accept the current key of ${rotating.secret} (${refusal}), so that the old one stays.`,
      );
  }

  async function keepSchedule(
    { secret, everyDays }: RotatingSecret,
    { look, currentVersion }: Found,
  ): Promise<boolean> {
    const { schedule } = look;
    // Secrets Manager refuses a change while a rotation is under way, or has failed.
    if ((versionWith(look, "AWSPENDING") ?? currentVersion) !== currentVersion) return false;
    const isAsConfigured = schedule?.every === everyDays || schedule?.every === "expression";
    if (isAsConfigured && schedule.functionArn === functionArn) return false;
    await startSchedule(secret, { functionArn, everyDays });
    return true;
  }

  return async function tendKey(rotating) {
    const { secret, user, everyDays } = rotating;
    const found = await readState(rotating, { secrets, userKeys }, clock.now());
    const current = found.keys.find(({ id }) => id === found.held.current);
    if (current?.isActive !== true)
      throw new RotationFault(`The current key in ${secret} is no active key of the IAM user ${user}.`);
    if (formatNote(found.note) !== formatNote(found.look.note)) await changes.note(secret, found.note);
    const oldKey = await retire(rotating, found);
    const hasNewSchedule = await keepSchedule(rotating, found);
    const ageDays = Math.floor((clock.now() - current.createdAt) / dayMs);
    const isOverdue = ageDays > everyDays + graceDays;
    return { ageDays, isOverdue, unknownKeys: countUnknown(found), oldKey, hasNewSchedule };
  };
}
