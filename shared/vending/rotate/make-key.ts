import type { RotatingSecret } from "../../core/rotating-secret.ts";
import { type MakingPlan, makingMs, planMaking } from "../../core/rotation.ts";
import type { Clock } from "../ports.ts";
import { type KeySecretChanges, type KeySecrets, RotationFault, type UserKeys } from "./ports.ts";
import { type Found, readState } from "./read-state.ts";

/** After this time the maker of a key is done, or dead: what it sent last has arrived. */
const makerEndsMs = makingMs + 10_000;

/** Makes sure that a pending version holds a key of the user's that nothing else uses. */
export type MakeKey = (rotating: RotatingSecret, version: string) => Promise<void>;

/**
 * Makes the next key. What is about to be made is noted before: a key whose maker dies before it has put the secret away is
 * recognised by the time at which it was made, and gives way to another.
 *
 * Throws `RotationFault`, above all where both of the user's keys are in use, or one of them is not known.
 *
 * @example await createMakeKey({ secrets, changes, userKeys, clock })(rotating, clientRequestToken)
 */
export function createMakeKey(ports: {
  secrets: KeySecrets;
  changes: KeySecretChanges;
  userKeys: UserKeys;
  clock: Clock;
}): MakeKey {
  const { secrets, changes, userKeys, clock } = ports;

  async function make({ secret, user }: RotatingSecret, version: string, { note }: Found): Promise<void> {
    const at = clock.now();
    await changes.note(secret, { ...note, making: { version, at } });
    const key = await userKeys.create(user);
    // Another run may take this one for dead by now, and delete the key.
    if (clock.now() > at + makingMs)
      throw new RotationFault(`A key of ${user} took too long to be made. The next try begins anew.`);
    await changes.putPending(secret, version, key);
  }

  return async function makeKey(rotating, version) {
    const { secret, user, overlapMs } = rotating;
    for (let isPatient = true; ; isPatient = false) {
      if ((await secrets.read(secret, version)) !== undefined) return;
      const found = await readState(rotating, ports, clock.now());
      const plan = planMaking(found, overlapMs, clock.now());
      if (plan.next === "refuse") throw refusalOf(plan, rotating);
      if (plan.next === "make") return make(rotating, version, found);
      if (plan.next === "adopt") {
        const key = await secrets.read(secret, found.note.making?.version ?? "");
        if (key !== undefined) return changes.putPending(secret, version, key);
        throw new RotationFault(
          `A version of ${secret} went away while it was read. The next try begins anew.`,
        );
      }
      if (plan.ifNeverUsed && isPatient) {
        await clock.sleep(makerEndsMs);
        continue;
      }
      if (plan.ifNeverUsed && (await userKeys.wasUsed(plan.key.id)))
        throw refusalOf({ next: "refuse", because: "unknown-key" }, rotating);
      await userKeys.remove(user, plan.key.id);
      return make(rotating, version, found);
    }
  };
}

function refusalOf(
  plan: Extract<MakingPlan, { next: "refuse" }>,
  { secret, user }: RotatingSecret,
): RotationFault {
  switch (plan.because) {
    case "current-key":
      return new RotationFault(
        `The current key in ${secret} is none of the IAM user ${user}: name the user that has it as rotation.user, or put a key of ${user} into the secret.`,
      );
    case "unknown-key":
      return new RotationFault(
        `The IAM user ${user} has a key that ${secret} does not hold, so that there is no room for the next one: find out what uses it (aws iam list-access-keys, get-access-key-last-used), and delete it.`,
      );
    case "too-early":
      return new RotationFault(
        `The old key of ${secret} still stands beside the current one: rotate again from ${new Date(plan.from).toISOString()} on. Secrets Manager tries it again by itself.`,
      );
  }
}
