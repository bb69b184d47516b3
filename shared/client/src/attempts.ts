import type { Vended } from "./check-answer.ts";
import type { VendingOptions } from "./options.ts";
import { request } from "./request.ts";
import { VendingError } from "./vending-error.ts";
import { within } from "./within.ts";

const mostAttempts = 4;
const firstBackoffSeconds = 0.2;

/**
 * Asks until there is an answer, no hope, or no time left; between attempts it waits a random part of a doubling time
 * (full jitter) on top of what the service asks for.
 *
 * @throws VendingError
 */
export async function attempts(
  url: URL,
  { token, signal }: Pick<VendingOptions, "token" | "signal">,
  timeoutSeconds: number,
): Promise<Vended> {
  // Not by the wall clock: a machine that has slept would find no time left.
  const giveUpAt = performance.now() + mostAttempts * timeoutSeconds * 1000;
  for (let attempt = 1; ; attempt++) {
    const left = Math.max(0, giveUpAt - performance.now()) / 1000;
    try {
      return await within(Math.min(timeoutSeconds, left), signal, async (end) =>
        request(url, await usableToken(token), end),
      );
    } catch (thrown) {
      const error =
        thrown instanceof VendingError
          ? thrown
          : new VendingError("network", "No connection. Check `url` and the network.", { cause: thrown });
      const wait = (error.retryAfterSeconds ?? 0) + Math.random() * firstBackoffSeconds * 2 ** attempt;
      if (!isTransient(error) || attempt >= mostAttempts || performance.now() + wait * 1000 >= giveUpAt)
        throw error;
      await within(wait, signal);
    }
  }
}

async function usableToken(token: VendingOptions["token"]): Promise<string> {
  let cause: unknown;
  try {
    const usable = (typeof token === "function" ? await token() : token).trim();
    // Anything else is refused by fetch, in an error that quotes it.
    if (/^[!-~]+$/.test(usable)) return usable;
  } catch (thrown) {
    cause = thrown;
  }
  throw new VendingError("invalid_token", "`token` must give one line of visible ASCII.", {
    cause,
  });
}

export function isTransient({ code, status = 0 }: VendingError): boolean {
  return (
    code === "network" ||
    code === "timeout" ||
    status === 429 ||
    (status >= 500 && code !== "storage_misconfigured")
  );
}
