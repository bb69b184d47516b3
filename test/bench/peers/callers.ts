import { setTimeout as sleep } from "node:timers/promises";

/** What callers of a server met. */
export interface Met {
  /** Milliseconds of each caller from its planned arrival to its answer, in ascending order. */
  times: number[];
  failures: number;
  /** Why the first of them failed. */
  reason?: string;
}

/**
 * Lets callers arrive, one each so many milliseconds; 0 for all at once.
 *
 * @example await arrive(1_000, 8, (n) => vend(tokens[n]))
 */
export async function arrive(
  callers: number,
  paceMs: number,
  ask: (caller: number) => Promise<void>,
): Promise<Met> {
  const times: number[] = [];
  const reasons: string[] = [];
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      if (paceMs > 0) await sleep(caller * paceMs);
      await ask(caller).catch((error: Error) => reasons.push(error.message));
      times.push(performance.now() - begun - caller * paceMs);
    }),
  );
  return {
    times: times.sort((a, b) => a - b),
    failures: reasons.length,
    ...(reasons[0] !== undefined && { reason: reasons[0] }),
  };
}
