import type { VendingError } from "./vending-error.ts";

/** With less than this left, a caller waits for fresh ones: a request begun now might outlive the credentials. */
const lastMinuteMs = 60_000;
/** Between background refreshes, whatever came of the last one. */
const shortestPauseMs = 30_000;
/** Many processes may hold the same credentials. They should not come back at the same moment. */
const jitter = () => 1 - Math.random() / 5;

/**
 * Holds the last good answer and asks for the next one, once for all callers: in the background while the answer that
 * it holds is good, and before they get anything when it is not. It reports failures and does not keep them.
 *
 * It refreshes only when a caller asks, so it needs no timer, and an idle program sends no request.
 *
 * @param onError hears of each failure once, also when no caller waits
 * @returns gives the answer; its argument asks the service even if the answer is good
 */
export function keepFresh<Answer extends { readonly credentials: { readonly expiration: Date } }>(
  ask: () => Promise<Answer>,
  refreshAheadSeconds: number,
  onError: ((error: VendingError) => void) | undefined,
): (forceRefresh?: boolean) => Promise<Answer> {
  let current: Answer | undefined;
  let refreshAt = 0;
  let flight: Promise<Answer> | undefined;

  const left = ({ credentials }: Answer) => +credentials.expiration - Date.now();
  const refreshIn = (milliseconds: number) => {
    refreshAt = Date.now() + Math.max(shortestPauseMs * jitter(), milliseconds);
  };

  const fly = () =>
    ask()
      .then(
        (fresh) => {
          refreshIn(left(fresh) - refreshAheadSeconds * 1000 * jitter());
          current = fresh;
          return fresh;
        },
        (error: VendingError) => {
          refreshIn((error.retryAfterSeconds ?? 0) * 1000);
          try {
            onError?.(error);
          } catch {
            // An error of the hook is not the callers' error.
          }
          throw error;
        },
      )
      .finally(() => {
        flight = undefined;
      });

  return async (forceRefresh) => {
    const valid = !forceRefresh && current && left(current) > 0 ? current : undefined;
    if (valid && Date.now() < refreshAt) return valid;
    flight ??= fly();
    if (!valid) return flight;
    const refresh = flight.catch((error: VendingError) => {
      if (left(valid) > 0) return valid;
      throw error;
    });
    if (left(valid) <= lastMinuteMs) return refresh;
    refresh.catch(() => {});
    return valid;
  };
}
