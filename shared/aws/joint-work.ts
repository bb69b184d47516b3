interface UnderWay<T> {
  result: Promise<T>;
  waiting: number;
  stop: AbortController;
}

/**
 * Joins callers that want the same at the same time: the work is done once for all of them. It goes on for as long as one
 * of them waits, and a caller whose signal ends stops waiting alone, with the signal's reason.
 *
 * @example const read = createJointWork((secretId, signal) => readSecret(secretId, signal))
 */
export function createJointWork<T>(work: (name: string, signal: AbortSignal) => Promise<T>) {
  const underWay = new Map<string, UnderWay<T>>();

  function begin(name: string): UnderWay<T> {
    const stop = new AbortController();
    const begun = { result: work(name, stop.signal), waiting: 0, stop };
    underWay.set(name, begun);
    const done = () => forget(name, begun);
    begun.result.then(done, done);
    return begun;
  }

  function forget(name: string, one: UnderWay<T>): void {
    if (underWay.get(name) === one) underWay.delete(name);
  }

  return function join(name: string, signal: AbortSignal): Promise<T> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const joined = underWay.get(name) ?? begin(name);
    joined.waiting += 1;
    return new Promise((resolve, reject) => {
      function leave(): void {
        reject(signal.reason);
        joined.waiting -= 1;
        if (joined.waiting > 0) return;
        // No later caller may join what is being stopped.
        forget(name, joined);
        joined.stop.abort(signal.reason);
      }
      signal.addEventListener("abort", leave, { once: true });
      joined.result.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
    });
  };
}
