import type { RotatingSecret } from "../../core/rotating-secret.ts";
import type { Clock } from "../ports.ts";
import {
  type AskIdentity,
  type KeyPair,
  type KeySecretChanges,
  type KeySecrets,
  RotationFault,
  type UserKeys,
} from "./ports.ts";
import { versionWith } from "./read-state.ts";

/** So many times in a row a new key has to be accepted: STS is many machines, and each learns of a key by itself. */
const timesInARow = 5;
const pauseMs = 2_000;

/** Waits until STS accepts the key of a pending version, at most until `until`, in epoch milliseconds. */
export type TestKey = (rotating: RotatingSecret, version: string, until: number) => Promise<void>;

/**
 * Tests a pending key at each STS that its storages use. Throws `RotationFault`, also for a key of another user.
 *
 * @example await createTestKey(ports)(rotating, clientRequestToken, until)
 */
export function createTestKey(ports: {
  secrets: KeySecrets;
  changes: Pick<KeySecretChanges, "endPending">;
  userKeys: Pick<UserKeys, "list">;
  askIdentity: AskIdentity;
  clock: Clock;
}): TestKey {
  const { secrets, changes, userKeys, askIdentity, clock } = ports;

  async function faultOf({ secret, user }: RotatingSecret, version: string, key: KeyPair, refusal = "") {
    const isThere = (await userKeys.list(user)).some(({ id }) => id === key.accessKeyId);
    if (isThere)
      return new RotationFault(
        `STS does not accept the next key of ${secret} each time (${refusal || "but did the last time"}). Secrets Manager tries it again by itself.`,
      );
    // What is in a version stays there: another version has to be rotated to.
    await changes.endPending(secret, version);
    return new RotationFault(
      `The IAM user ${user} has the next key of ${secret} no more, so that its version was given up: rotate again.`,
    );
  }

  return async function testKey(rotating, version, until) {
    const { storages } = rotating;
    const key = await keyOf(rotating, version, secrets);
    for (let accepted = 0; ; ) {
      const refusal = refusalIn(await askIdentity(storages, key), rotating);
      accepted = refusal === undefined ? accepted + 1 : 0;
      if (accepted === timesInARow) return;
      if (clock.now() + pauseMs >= until) throw await faultOf(rotating, version, key, refusal);
      await clock.sleep(pauseMs);
    }
  };
}

/**
 * When rotation is turned on, Secrets Manager tests the function before there is a next key. Then it is tested with the
 * current one.
 */
async function keyOf(
  { secret, user }: RotatingSecret,
  version: string,
  secrets: KeySecrets,
): Promise<KeyPair> {
  const look = await secrets.look(secret);
  const current = versionWith(look, "AWSCURRENT");
  const key =
    (await secrets.read(secret, version)) ??
    (look.note.making?.version === version || current === undefined
      ? undefined
      : await secrets.read(secret, current));
  if (key !== undefined) return key;
  throw new RotationFault(`The version of ${secret} that is to be tested holds no key of ${user}.`);
}

/**
 * The code of the first refusal among what each STS said of a key.
 *
 * @throws RotationFault if the key is another user's
 */
export function refusalIn(
  answers: Awaited<ReturnType<AskIdentity>>,
  { secret, user }: RotatingSecret,
): string | undefined {
  for (const answer of answers) {
    if ("refusal" in answer) return answer.refusal;
    if (!answer.arn.endsWith(`:user/${user}`))
      throw new RotationFault(`${secret} holds a key of ${answer.arn}, and not of the IAM user ${user}.`);
  }
  return undefined;
}
