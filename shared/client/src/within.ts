import { VendingError } from "./vending-error.ts";

/**
 * Runs `work` for at most so long and not past the caller's abort, even if `work` ignores the signal that it gets. That
 * signal aborts at the end in any case. Without `work` it is a pause.
 * Not `AbortSignal.any` and `.timeout`: engines in use have collected such signals before they fired.
 *
 * @throws VendingError `timeout` or `aborted`, and what `work` throws
 */
export async function within<T = void>(
  seconds: number,
  caller: AbortSignal | undefined,
  work?: (end: AbortSignal) => Promise<T>,
): Promise<T> {
  const end = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      const abort = () => reject(new VendingError("aborted", "Aborted.", { cause: caller?.reason }));
      if (caller?.aborted) return abort();
      caller?.addEventListener("abort", abort, { signal: end.signal });
      timer = setTimeout(() => {
        if (!work) return resolve(undefined as T);
        reject(new VendingError("timeout", `No answer within ${seconds} s. Check \`url\` and the network.`));
      }, seconds * 1000);
      work?.(end.signal).then(resolve, reject);
    });
  } finally {
    clearTimeout(timer);
    end.abort();
  }
}
