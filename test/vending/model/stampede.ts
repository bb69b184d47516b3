import { onTestFinished, vi } from "vitest";
import type { AskWarmer } from "../../../shared/vending/ports.ts";
import type { SessionResult } from "../../../shared/vending/session-result.ts";
import { virtualClock } from "../virtual-clock.ts";
import { seededRandom } from "./seeded-random.ts";
import { key, request, warrant } from "./subject.ts";
import { createVirtualFleet, type StsWay, type TableFault } from "./virtual-fleet.ts";

/** So many callers come at once. */
export const many = 1_000;
/** Lambda starts an asynchronous invocation after this time. */
const invokedAfterMs = 100;

/** A caller that has neither an answer nor an error has died. */
export interface CallerOutcome {
  obtained?: SessionResult;
  error?: unknown;
  tookMs: number;
}

/** A fleet on a table that answers within 5 to 10 ms, and on an STS that takes 300 ms unless a test changes it. */
export function createStampede() {
  const random = seededRandom(1);
  const chance = vi.spyOn(Math, "random").mockImplementation(random);
  onTestFinished(() => chance.mockRestore());
  const clock = virtualClock();
  const conditions = {
    sts: (): StsWay => ({ takesMs: 300 }),
    tableFault: (): TableFault | undefined => undefined,
  };
  const weather = {
    table: () => ({
      thereMs: 2.5 + 2.5 * random(),
      backMs: 2.5 + 2.5 * random(),
      fault: conditions.tableFault(),
    }),
    sts: () => conditions.sts(),
  };
  const { instance, trace } = createVirtualFleet({ clock, weather });

  /** The warm function, invoked for one entry that was handed over. */
  async function warmHandedOver(_: string, generation: number): Promise<void> {
    const warmer = instance({ name: "warmer", timeoutMs: 10_000 });
    await warmer.pause(invokedAfterMs, "starts");
    const entry = await warmer.table.get(key);
    if (entry?.generation === generation && entry.handedOver) await warmer.renew(entry, request, warrant);
  }

  async function ask(): Promise<CallerOutcome> {
    const askWarmer: AskWarmer = async (...claimed) => void warmHandedOver(...claimed);
    const { obtain, crashed } = instance({ askWarmer });
    const began = clock.now();
    const outcome = await Promise.race([crashed, obtain(request, { warrant })]).then(
      (result) => (result === "crashed" ? {} : { obtained: result }),
      (error: unknown) => ({ error }),
    );
    return { ...outcome, tookMs: clock.now() - began };
  }

  return {
    clock,
    trace,
    instance,
    random,
    conditions,
    one: () => clock.run(ask()),
    /** So many callers at once, each with an instance of its own. */
    all: (count = many) => clock.run(Promise.all(Array.from({ length: count }, () => ask()))),
  };
}

export const slowest = (answers: CallerOutcome[]) => Math.max(...answers.map(({ tookMs }) => tookMs));
export const failures = (answers: CallerOutcome[]) => answers.flatMap(({ error }) => error ?? []);
export const sessions = (answers: CallerOutcome[]) =>
  new Set(answers.map(({ obtained }) => obtained?.session.accessKeyId));
