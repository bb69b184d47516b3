import type { Scheduler } from "fast-check";
import type { Clock } from "../../../shared/vending/ports.ts";

/** By so much at most anything is later than it would have been: within this, fast-check chooses what comes first. */
export const leewayMs = 25;

interface Sleeper {
  time: number;
  label: string;
  isNear: boolean;
  wake(): void;
}

interface ExploringClock extends Clock {
  /** What the sleeper waits for stands in fast-check's report. */
  sleep(milliseconds: number, label?: string): Promise<void>;
  /** Moves time on until nobody sleeps any more. */
  run(): Promise<void>;
}

/**
 * A clock under fast-check's scheduler: of those whose time has come, or comes within the leeway, any may wake first.
 *
 * @param start epoch milliseconds
 * @example
 * fc.asyncProperty(fc.scheduler(), async (scheduler) => {
 *   const clock = exploringClock(scheduler, start);
 *   void clock.sleep(10, "alice: GetItem arrives");
 *   await clock.run();
 * });
 */
export function exploringClock(scheduler: Scheduler, start: number): ExploringClock {
  let time = start;
  const sleepers = new Set<Sleeper>();

  function offerTheNear(): void {
    const horizon = Math.min(...Array.from(sleepers, (sleeper) => sleeper.time)) + leewayMs;
    for (const sleeper of sleepers) {
      if (sleeper.isNear || sleeper.time > horizon) continue;
      sleeper.isNear = true;
      void scheduler.schedule(Promise.resolve(), sleeper.label).then(() => {
        time = Math.max(time, sleeper.time);
        sleepers.delete(sleeper);
        sleeper.wake();
      });
    }
  }

  return {
    now: () => time,

    sleep: (milliseconds, label = "wakes") =>
      new Promise((wake) => {
        sleepers.add({ time: time + milliseconds, label, isNear: false, wake });
      }),

    async run() {
      await settled();
      while (sleepers.size > 0) {
        offerTheNear();
        await scheduler.waitNext(1);
        await settled();
      }
    },
  };
}

/** Until everybody who is awake has come to the end of what it does. */
const settled = () => new Promise((resolve) => setImmediate(resolve));
