import type { Clock } from "../../shared/vending/ports.ts";

/** A clock that stands still until a test moves it, and then wakes the sleepers one by one in the order of their time. */
interface VirtualClock extends Clock {
  /** Moves time on by so many milliseconds. */
  advance(milliseconds: number): Promise<void>;
  /**
   * Moves time on, from sleeper to sleeper, until a promise is settled, and gives its result. Throws when the promise is
   * still open and there is no sleeper, or a day has passed: this clock ends a test that hangs, and not the machine's.
   */
  run<Result>(promise: Promise<Result>): Promise<Result>;
}

/** More than any test runs for at once. */
const longestRunMs = 86_400_000;

interface Sleeper {
  time: number;
  /** Of sleepers that wake at the same time, the first to lie down wakes first. */
  order: number;
  wake(): void;
}

/**
 * Plays hours of a whole fleet in seconds, the same each time. Before time moves, every task that does not sleep has come
 * to its end, except for tasks that wait for the real world (sockets, files, a module's first import).
 *
 * @param start epoch milliseconds
 * @example const session = await clock.run(obtain(request))
 */
export function virtualClock(start = Date.UTC(2026, 0, 1)): VirtualClock {
  let time = start;
  let order = 0;
  const sleepers: Sleeper[] = [];

  function wakeNext(): boolean {
    const next = takeFirst(sleepers);
    if (next === undefined) return false;
    time = next.time;
    next.wake();
    return true;
  }

  return {
    now: () => time,

    sleep: (milliseconds) =>
      new Promise((wake) => {
        if (!Number.isFinite(milliseconds)) throw new RangeError(`Nobody sleeps for ${milliseconds} ms.`);
        add({ time: time + Math.max(0, milliseconds), order: order++, wake }, sleepers);
      }),

    async advance(milliseconds) {
      const end = time + milliseconds;
      await settle();
      while ((sleepers[0]?.time ?? Number.POSITIVE_INFINITY) <= end) {
        wakeNext();
        await settle();
      }
      time = end;
    },

    async run(promise) {
      let isSettled = false;
      const settled = () => {
        isSettled = true;
      };
      promise.then(settled, settled);
      const end = time + longestRunMs;
      await settle();
      while (!isSettled) {
        if (time > end) throw new Error("A day has passed, and the promise is still open.");
        if (!wakeNext()) {
          const now = new Date(time).toISOString();
          throw new Error(`Time stands still at ${now}: there is no sleeper, and the promise is still open.`);
        }
        await settle();
      }
      return promise;
    },
  };
}

// A binary heap: the sleeper at n wakes before those at 2n + 1 and 2n + 2.

function add(sleeper: Sleeper, heap: Sleeper[]): void {
  let place = heap.length;
  while (place > 0) {
    const above = (place - 1) >> 1;
    const parent = heap[above] as Sleeper;
    if (wakesBefore(parent, sleeper)) break;
    heap[place] = parent;
    place = above;
  }
  heap[place] = sleeper;
}

function takeFirst(heap: Sleeper[]): Sleeper | undefined {
  const [first] = heap;
  const last = heap.pop();
  if (last === undefined || last === first) return first;
  let place = 0;
  for (;;) {
    let below = 2 * place + 1;
    const [left, right] = [heap[below], heap[below + 1]];
    if (left !== undefined && right !== undefined && wakesBefore(right, left)) below++;
    const child = heap[below];
    if (child === undefined || wakesBefore(last, child)) break;
    heap[place] = child;
    place = below;
  }
  heap[place] = last;
  return first;
}

function wakesBefore(one: Sleeper, other: Sleeper): boolean {
  return one.time < other.time || (one.time === other.time && one.order < other.order);
}

/** Resolves when all microtasks have run, and the immediates that they left, twice over. */
async function settle(): Promise<void> {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}
