import { createRateTable } from "../../../shared/aws/rate-table.ts";
import type { Ask } from "../../../shared/core/ask.ts";
import { authorize } from "../../../shared/core/authorize.ts";
import { entryKey } from "../../../shared/core/entry-key.ts";
import { VendError } from "../../../shared/core/errors.ts";
import { isKept, issueRequest } from "../../../shared/core/issue-request.ts";
import type { SessionResult } from "../../../shared/vending/session-result.ts";
import { createStsBudget } from "../../../shared/vending/warm/sts-budget.ts";
import { type ClaimedEntry, createWarm } from "../../../shared/vending/warm/warm.ts";
import { alice, configOf, sampleGrant, sampleStorage } from "../samples.ts";
import { createInstance, tableName } from "../simulated-fleet.ts";
import { virtualClock } from "../virtual-clock.ts";
import { createVirtualFleet, type StsWay, type Trace } from "./virtual-fleet.ts";

const second = 1_000;
export const minute = 60 * second;

/** How a fleet is used. */
interface FleetLife {
  scopes: number;
  /** How far the clock of each instance is ahead of the world's. */
  clocksAheadMs: readonly number[];
  lastsMs: number;
  /** The pause between an answer, so long after the beginning, and the next request for the same scope. */
  pauseMs(scope: number, atMs: number): number;
  /** The course of a call to STS that is made so long after the beginning. */
  sts(atMs: number): StsWay;
  random(): number;
}

interface FleetAnswer {
  scope: number;
  /** From the beginning. */
  atMs: number;
  tookMs: number;
  /** The rest of the session's life when it was handed out, by the world's clock. */
  leftMs?: number;
  obtained?: SessionResult;
  error?: VendError;
}

const storage = sampleStorage("assume-role");
const config = configOf([storage], [sampleGrant({ maxDurationSeconds: 3_600 })]);

/** A request for one of the scopes, its entry's key, and the warrant for it. */
export function requestFor(scope: number) {
  const ask: Ask = {
    storage: storage.name,
    targets: [{ bucket: storage.bucket, prefix: `scope-${scope}/` }],
  };
  const authorization = authorize(config, { principal: alice, now: 0, sourceIp: undefined }, ask);
  const request = issueRequest(authorization, { principal: alice });
  if (!isKept(request)) throw new Error("The sample's way keeps its sessions.");
  return { request, warrant: { principal: alice, ask, grant: authorization.grant }, key: entryKey(request) };
}

/**
 * The hours of a fleet: callers that ask for sessions of one hour again and again, any instance at any time; the warmer
 * that the schedule starts every two minutes, and the warmer that callers start.
 *
 * @example const { answers, trace, start } = await live({ ...life, clocksAheadMs: [0, 0, 30_000] })
 */
export async function live(
  life: FleetLife,
): Promise<{ answers: FleetAnswer[]; trace: Trace; start: number }> {
  const { scopes, clocksAheadMs, lastsMs, pauseMs, sts, random } = life;
  const clock = virtualClock();
  const start = clock.now();
  const isOver = () => clock.now() >= start + lastsMs;
  const weather = {
    table: () => ({ thereMs: 1 + 2 * random(), backMs: 1 + 2 * random() }),
    sts: () => sts(clock.now() - start),
  };
  const { instance, trace } = createVirtualFleet({ clock, weather });
  const answers: FleetAnswer[] = [];

  /** One invocation of warm. */
  async function warm(entry?: ClaimedEntry): Promise<void> {
    const { call, table, issue, ...ports } = instance({ name: "warmer", timeoutMs: 10_000 });
    const budget = createStsBudget({ table: createRateTable(call, tableName), ...config.warm, ...ports });
    const { renew, revocations } = createInstance({ ...ports, table, issue: budget.paced(issue) });
    const audit = { record: () => {} };
    const now = ports.clock.now();
    await createWarm({ ...ports, ...{ table, renew, revocations, budget }, audit, config, absorb: () => {} })(
      {
        horizon: now,
        until: now + (entry === undefined ? 110 * second : second),
        requestId: "warm",
        ...(entry !== undefined && { entry }),
      },
    );
  }

  async function schedule(): Promise<void> {
    for (; !isOver(); await clock.sleep(2 * minute)) void warm();
  }

  const instances = clocksAheadMs.map((skewMs) =>
    instance({
      skewMs,
      async askWarmer(key, generation) {
        // Lambda answers as soon as it has put the event into its queue.
        void clock.sleep(100).then(() => warm({ key, generation }));
      },
    }),
  );

  async function use(scope: number): Promise<void> {
    const { request, warrant } = requestFor(scope);
    const pause = () => clock.sleep(pauseMs(scope, clock.now() - start));
    for (await pause(); !isOver(); await pause()) {
      const began = clock.now();
      const { obtain } = instances[Math.floor(random() * instances.length)] as (typeof instances)[number];
      const outcome = await obtain(request, { warrant }).then(
        (obtained) => ({ obtained, leftMs: obtained.session.expiration - clock.now() }),
        (error: unknown) => {
          if (error instanceof VendError) return { error };
          throw error;
        },
      );
      answers.push({ scope, atMs: began - start, tookMs: clock.now() - began, ...outcome });
    }
  }

  await clock.run(Promise.all([schedule(), ...Array.from({ length: scopes }, (_, scope) => use(scope))]));
  return { answers, trace, start };
}
