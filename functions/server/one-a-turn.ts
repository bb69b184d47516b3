/**
 * Lets its callers go on one after the other, one in each turn of the event loop, so that all else that comes in the meantime goes
 * before those that wait.
 *
 * @example const turn = oneATurn(); await turn()
 */
export function oneATurn(): () => Promise<void> {
  const waiting: (() => void)[] = [];

  function next(): void {
    waiting.shift()?.();
    if (waiting.length > 0) setImmediate(next);
  }

  return () =>
    new Promise((goOn) => {
      waiting.push(goOn);
      if (waiting.length === 1) setImmediate(next);
    });
}
