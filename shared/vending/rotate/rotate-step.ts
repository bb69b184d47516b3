import type { RotatingSecret } from "../../core/rotating-secret.ts";
import type { Clock } from "../ports.ts";
import type { MakeKey } from "./make-key.ts";
import { type KeySecretChanges, type KeySecrets, RotationFault, type UserKeys } from "./ports.ts";
import { readState } from "./read-state.ts";
import type { TestKey } from "./test-key.ts";

/** The steps in which Secrets Manager has a secret rotated, in their order. */
export const rotationSteps = ["createSecret", "setSecret", "testSecret", "finishSecret"] as const;
export type RotationStep = (typeof rotationSteps)[number];

/** Takes one step for one version, until `until` at most, in epoch milliseconds. Each may be taken again. */
type RotateStep = (
  step: RotationStep,
  rotating: RotatingSecret,
  version: string,
  until: number,
) => Promise<void>;

/**
 * Rotates in the steps of Secrets Manager. Throws `RotationFault`.
 *
 * @example await createRotateStep(parts)("createSecret", rotating, clientRequestToken, until)
 */
export function createRotateStep(parts: {
  makeKey: MakeKey;
  testKey: TestKey;
  secrets: KeySecrets;
  changes: Pick<KeySecretChanges, "promote" | "endPending" | "note">;
  userKeys: Pick<UserKeys, "list">;
  clock: Clock;
}): RotateStep {
  const { makeKey, testKey, secrets, changes, clock } = parts;

  /** The version becomes the current one, if it holds a key that works. */
  async function promote(rotating: RotatingSecret, version: string): Promise<void> {
    const { secret, user } = rotating;
    const { keys, currentVersion, note } = await readState(rotating, parts, clock.now());
    const next = await secrets.read(secret, version);
    if (!keys.some(({ id, isActive }) => isActive && id === next?.accessKeyId))
      throw new RotationFault(
        `The pending version of ${secret} holds no active key of the IAM user ${user}.`,
      );
    await changes.promote(secret, version, currentVersion);
    await changes.endPending(secret, version);
    // If this is not written, the daily run does it, and the old key stays for longer.
    const current = { version, since: clock.now() };
    await changes.note(secret, { ...(note.making && { making: note.making }), current });
  }

  return async function rotateStep(step, rotating, version, until) {
    const { secret } = rotating;
    const labels = (await secrets.look(secret)).stages.get(version) ?? [];
    if (labels.includes("AWSCURRENT")) {
      // An earlier run died before this. A version that is still pending would be rotated to again after a swap back.
      if (step === "finishSecret" && labels.includes("AWSPENDING")) await changes.endPending(secret, version);
      return;
    }
    if (!labels.includes("AWSPENDING"))
      throw new RotationFault(`The version of ${secret} that is to be rotated to is not pending.`);
    if (step === "createSecret") await makeKey(rotating, version);
    // For setSecret there is nothing to do: IAM has made the key as an active one.
    if (step === "testSecret") await testKey(rotating, version, until);
    if (step === "finishSecret") await promote(rotating, version);
  };
}
