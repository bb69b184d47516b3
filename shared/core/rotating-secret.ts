import { rotationOf, type Storage, secretOf } from "./storage.ts";

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/** A secret whose long-term key is rotated, for all storages that use it. */
export interface RotatingSecret {
  /** Name or ARN. */
  secret: string;
  /** The IAM user whose keys they are, with its path: `teams/data/lake`. */
  user: string;
  everyDays: number;
  /** For how long a key that was replaced stays as it is: as long as the longest session that it may have issued, and an hour. */
  overlapMs: number;
  storages: readonly Storage[];
}

/**
 * The secrets whose keys are rotated.
 *
 * @param generatedUser the user that is generated for the first storage of a secret, where the configuration names none
 * @example rotatingSecrets(config.storages.values(), (storage) => `keyvend-prod-eu-central-1-${storage}`)
 */
export function rotatingSecrets(
  storages: Iterable<Storage>,
  generatedUser: (storage: string) => string,
): RotatingSecret[] {
  const bySecret = Map.groupBy(storages, secretOf);
  return [...bySecret].flatMap(([secret, ofSecret]) => {
    const [first] = ofSecret;
    const rotation = ofSecret.map(rotationOf).find((stated) => stated !== undefined);
    if (secret === undefined || first === undefined || rotation === undefined) return [];
    const { user = generatedUser(first.name), everyDays } = rotation;
    const longestSeconds = Math.max(...ofSecret.map(({ maxDurationSeconds }) => maxDurationSeconds));
    return [{ secret, user, everyDays, overlapMs: longestSeconds * 1_000 + hourMs, storages: ofSecret }];
  });
}
