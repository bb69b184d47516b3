/** Shorter timers are pauses before another attempt. */
const shortestDeadlineMs = 200;
const times = 1_000;

/**
 * Lets deadlines in this process take a thousand times as long, for tests of what a service answers and not of when it
 * gives up: its calls have 300 ms, and a busy machine may take longer for each of them.
 *
 * @returns what undoes it
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
