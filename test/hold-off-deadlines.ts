/** A timer that is shorter than this is no deadline but a pause before another attempt. */
const shortestDeadlineMs = 200;
const times = 1_000;

/**
 * Makes deadlines in this process a thousand times as long. It is for tests of the answers of a service, not of the time
 * after which it gives up: its calls have 300 ms, and a busy machine may take longer for each of them.
 *
 * @returns a function that undoes it
 * @example const restore = holdOffDeadlines();
 */
export function holdOffDeadlines(): () => void {
  const { setTimeout } = globalThis;
  const { timeout } = AbortSignal;
  const held = (act: () => void, milliseconds = 0, ...rest: []) =>
    setTimeout(act, milliseconds < shortestDeadlineMs ? milliseconds : milliseconds * times, ...rest);
  globalThis.setTimeout = Object.assign(held, setTimeout);
  AbortSignal.timeout = (milliseconds) => timeout.call(AbortSignal, milliseconds * times);
  return () => {
    globalThis.setTimeout = setTimeout;
    AbortSignal.timeout = timeout;
  };
}
