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
interface CallerOutcome {
  obtained?: SessionResult;
  error?: unknown;
  tookMs: number;
}

/** A caller of STS; another one has neither. */
interface Caller {
  /** What it needs of a session, which is issued for an hour. */
  leastMs?: number;
  patienceMs?: number;
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

  async function ask({ leastMs, patienceMs }: Caller): Promise<CallerOutcome> {
    const askWarmer: AskWarmer = async (...claimed) => void warmHandedOver(...claimed);
    const { obtain, crashed } = instance({ askWarmer });
    const began = clock.now();
    const need = leastMs === undefined ? undefined : { leftMs: leastMs, since: began };
    const obtaining = obtain(request, { warrant, need, patienceMs });
    const outcome = await Promise.race([crashed, obtaining]).then(
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
    one: (caller: Caller = {}) => clock.run(ask(caller)),
    /** So many callers, each with an instance of its own, at once or within some time. */
    all: (count = many, caller: Caller = {}, overMs = 0) =>
      clock.run(
        Promise.all(
          Array.from({ length: count }, async (_, n) => {
            if (overMs > 0) await clock.sleep((n * overMs) / count);
            return ask(caller);
          }),
        ),
      ),
  };
}

export const slowest = (answers: CallerOutcome[]) => Math.max(...answers.map(({ tookMs }) => tookMs));
export const failures = (answers: CallerOutcome[]) => answers.flatMap(({ error }) => error ?? []);
export const sessions = (answers: CallerOutcome[]) =>
  new Set(answers.map(({ obtained }) => obtained?.session.accessKeyId));
