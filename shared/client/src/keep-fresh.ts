import type { Vended } from "./check-answer.ts";
import type { VendingError } from "./vending-error.ts";

/** With less than this left, a caller waits for fresh ones: a request begun now might outlive the credentials. */
const lastMinute = 60_000;
/** Between background refreshes, whatever came of the last one. */
const shortestPause = 30_000;
/** Where many processes hold the same credentials they don't come back as one. */
const jitter = () => 1 - Math.random() / 5;

/**
 * Holds the last good answer and asks for the next, once for all callers: in the background while what is held is
 * good, before them where nothing is. Failures are told and never kept.
 *
 * Refreshing only when asked needs no timer, and no request for a program that has gone quiet.
 */
export function keepFresh(
  ask: () => Promise<Vended>,
  refreshAheadSeconds: number,
  onError: ((error: VendingError) => void) | undefined,
): (forceRefresh?: boolean) => Promise<Vended> {
  let held: Vended | undefined;
  let refreshAt = 0;
  let flight: Promise<Vended> | undefined;

  const fly = () =>
    ask()
      .then(
        (fresh) => {
          refreshAt = Math.max(
            +fresh.credentials.expiration - refreshAheadSeconds * 1000 * jitter(),
            Date.now() + shortestPause * jitter(),
          );
          held = fresh;
          return fresh;
        },
        (error: VendingError) => {
          refreshAt = Date.now() + Math.max(shortestPause * jitter(), (error.retryAfterSeconds ?? 0) * 1000);
          try {
            onError?.(error);
          } catch {
            // The hook's own trouble is not the callers'.
          }
          throw error;
        },
      )
      .finally(() => {
        flight = undefined;
      });

  const left = ({ credentials }: Vended) => +credentials.expiration - Date.now();

  return async (forceRefresh) => {
    const valid = !forceRefresh && held && left(held) > 0 ? held : undefined;
    if (valid && Date.now() < refreshAt) return valid;
    flight ??= fly();
    if (!valid) return flight;
    const refreshed = flight.catch((error: VendingError) => {
      if (left(valid) > 0) return valid;
      throw error;
    });
    if (left(valid) <= lastMinute) return refreshed;
    refreshed.catch(() => {});
    return valid;
  };
}
