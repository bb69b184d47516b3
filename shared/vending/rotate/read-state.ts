import type { RotatingSecret } from "../../core/rotating-secret.ts";
import { noteNow, oldKeyOf, type RotationState } from "../../core/rotation.ts";
import { type KeyPair, type KeySecrets, RotationFault, type SecretLook, type UserKeys } from "./ports.ts";

/** What a rotation finds, with the current key and the versions by their labels. */
export interface Found extends RotationState {
  look: SecretLook;
  currentVersion: string;
  currentKey: KeyPair;
}

/** The version that has a label. */
export function versionWith({ stages }: SecretLook, label: string): string | undefined {
  return [...stages].find(([, labels]) => labels.includes(label))?.[0];
}

/**
 * Reads all that a rotation decides by. The note is as it has to be now, and not written yet.
 *
 * @throws RotationFault also where the secret has no current key.
 */
export async function readState(
  { secret, user }: RotatingSecret,
  ports: { secrets: KeySecrets; userKeys: Pick<UserKeys, "list"> },
  now: number,
): Promise<Found> {
  const look = await ports.secrets.look(secret);
  const read = async (version: string | undefined) =>
    version === undefined ? undefined : ports.secrets.read(secret, version);
  const currentVersion = versionWith(look, "AWSCURRENT");
  const [currentKey, previous, pending, made, keys] = await Promise.all([
    read(currentVersion),
    read(versionWith(look, "AWSPREVIOUS")),
    read(versionWith(look, "AWSPENDING")),
    read(look.note.making?.version),
    ports.userKeys.list(user),
  ]);
  if (currentVersion === undefined || currentKey === undefined)
    throw new RotationFault(`The secret ${secret} holds no key yet: put one of the user ${user} into it.`);
  const held = {
    current: currentKey.accessKeyId,
    ...(previous && { previous: previous.accessKeyId }),
    ...(pending && { pending: pending.accessKeyId }),
    ...(made && { made: made.accessKeyId }),
  };
  const note = noteNow(look.note, currentVersion, oldKeyOf({ keys, held, note: look.note }), now);
  return { look, currentVersion, currentKey, keys, held, note };
}
