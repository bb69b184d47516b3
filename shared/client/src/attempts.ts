import { VendingError } from "./vending-error.ts";
import { within } from "./within.ts";

const mostAttempts = 4;
const firstBackoffSeconds = 0.2;

/**
 * Asks until an answer comes, another attempt cannot help, or time is up. Between attempts it waits a random part of a doubling time
 * (full jitter) on top of what the service asks for.
 *
 * @param once one attempt; it should end when its signal aborts
 * @param timeoutSeconds the limit of one attempt; all of them and the waits take four times that at most
 * @param signal the caller's own
 * @throws VendingError
 * @example await attempts((end) => request(url, bearer(token), end), 5, undefined)
 */
export async function attempts<Answer>(
  once: (end: AbortSignal) => Promise<Answer>,
  timeoutSeconds: number,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  // Not by the wall clock: a machine that has slept would find no time left.
  const giveUpAt = performance.now() + mostAttempts * timeoutSeconds * 1000;
  for (let attempt = 1; ; attempt++) {
    const left = (giveUpAt - performance.now()) / 1000;
    try {
      return await within(Math.min(timeoutSeconds, left), signal, once);
    } catch (reason) {
      // `ENOTFOUND`, `ECONNREFUSED`, a code of OpenSSL's: what `fetch` found. Browsers do not tell.
      const found = (reason as { cause?: { code?: unknown } } | undefined)?.cause?.code;
      const error =
        reason instanceof VendingError
          ? reason
          : new VendingError("network", `No answer: ${found}. Check \`url\` and the network.`, {
              cause: reason,
            });
      const wait = (error.retryAfterSeconds ?? 0) + Math.random() * firstBackoffSeconds * 2 ** attempt;
      if (!isTransient(error) || attempt >= mostAttempts || performance.now() + wait * 1000 >= giveUpAt)
        throw error;
      await within(wait, signal);
    }
  }
}

/** Could another attempt help? */
export function isTransient({ code, status = 0 }: VendingError): boolean {
  return (
    ["network", "timeout"].includes(code) ||
    status === 429 ||
    (status >= 500 && code !== "storage_misconfigured")
  );
}
