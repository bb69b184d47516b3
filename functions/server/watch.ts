/** Something that is read again and again. */
export interface Watch {
  /** Looks now. What fails is told, and not thrown. */
  look(): Promise<void>;
  stop(): void;
}

/**
 * Reads something again and again, and says when it has changed. Reading finds also what the system's notices miss: the
 * links that Kubernetes swaps, and files on a network. A look that lasts is not overtaken by the next.
 *
 * @param options `changed` is told that the state is another one than before; where it throws, the same state is not tried again
 * @example const watch = watchFor({ everyMs: 5_000, state, read: fingerprint, changed: reload, failed: log })
 */
export function watchFor(options: {
  everyMs: number;
  state: string;
  read(): Promise<string>;
  changed(): Promise<void>;
  failed(error: unknown): void;
}): Watch {
  let { state } = options;
  let lastFault = "";
  let looking: Promise<void> | undefined;

  async function lookOnce(): Promise<void> {
    try {
      const next = await options.read();
      lastFault = "";
      if (next === state) return;
      state = next;
      await options.changed();
    } catch (error) {
      // What cannot be read fails at each look, and is told once.
      const fault = String(error);
      if (fault !== lastFault) options.failed(error);
      lastFault = fault;
    }
  }

  function look(): Promise<void> {
    looking ??= lookOnce().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  const timer = setInterval(look, options.everyMs).unref();
  return { look, stop: () => clearInterval(timer) };
}
