import type { Scheduler } from "fast-check";
import type { Clock } from "../../../shared/vending/ports.ts";

/** The most by which anything is late. Of things within this time, fast-check chooses which comes first. */
export const leewayMs = 25;

interface LabelledSleeper {
  time: number;
  label: string;
  isNear: boolean;
  wake(): void;
}

interface ExploringClock extends Clock {
  /** `label` says what the sleeper waits for, in fast-check's report. */
  sleep(milliseconds: number, label?: string): Promise<void>;
  /** Moves time on until there are no more sleepers. */
  run(): Promise<void>;
}

/**
 * A clock under fast-check's scheduler: of the sleepers that are due now or within the leeway, any may wake first.
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
  const sleepers = new Set<LabelledSleeper>();

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

/** Resolves when all tasks that are awake have come to their end. */
const settled = () => new Promise((resolve) => setImmediate(resolve));
