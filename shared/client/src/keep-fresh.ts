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
  let held: Promise<Answer> | undefined;
  /** When what is held expires. */
  let end = 0;
  let refreshAt = 0;
  let flight: Promise<Answer> | undefined;

  const refreshFrom = (time: number) => {
    refreshAt = Math.max(Date.now() + shortestPauseMs * jitter(), time);
  };

  const fly = () =>
    ask().then(
      (fresh) => {
        end = +fresh.credentials.expiration;
        refreshFrom(end - refreshAheadSeconds * 1000 * jitter());
        held = flight;
        flight = undefined;
        return fresh;
      },
      (error: VendingError) => {
        refreshFrom(Date.now() + (error.retryAfterSeconds ?? 0) * 1000);
        try {
          onError?.(error);
        } catch {
          // An error of the hook is not the callers' error.
        }
        flight = undefined;
        throw error;
      },
    );

  // Programs ask at every request, so that a good answer costs one look at the clock, and no promise of its own.
  return (forceRefresh) => {
    const now = Date.now();
    const valid = !forceRefresh && now < end ? held : undefined;
    if (valid && now < refreshAt) return valid;
    flight ??= fly();
    if (!valid) return flight;
    const refresh = flight.catch((error: VendingError) => {
      if (Date.now() < end) return valid;
      throw error;
    });
    if (end - now <= lastMinuteMs) return refresh;
    refresh.catch(() => {});
    return valid;
  };
}
