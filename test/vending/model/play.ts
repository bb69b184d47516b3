import type { Scheduler } from "fast-check";
import { vi } from "vitest";
import { VendError } from "../../../shared/core/errors.ts";
import { dueAt } from "../../../shared/core/expiry.ts";
import type { Session } from "../../../shared/core/session.ts";
import { mayBeClaimed } from "../../../shared/vending/claim-watch.ts";
import { sealContent } from "../../../shared/vending/entry-content.ts";
import { TableUnreachable } from "../../../shared/vending/ports.ts";
import type { SessionResult } from "../../../shared/vending/session-result.ts";
import { createTable, tableName } from "../simulated-fleet.ts";
import { exploringClock } from "./exploring-clock.ts";
import type { CallerPlan, Plan } from "./plan.ts";
import { key, request, warrant } from "./subject.ts";
import { createVirtualFleet, seal, type Trace } from "./virtual-fleet.ts";

/** The outcome of one run. Times are the world's; where they are a caller's own, the comment says so. */
export interface History extends Trace {
  plan: Plan;
  start: number;
  /** The session that stood in the table when the run began. */
  first: Session | undefined;
  answers: CallerAnswer[];
  /** Callers that neither crashed nor got an answer. */
  open: string[];
  /** Errors of the warmer's renewals that are neither STS's nor the table's. */
  strays: unknown[];
}

export interface CallerAnswer {
  caller: string;
  skewMs: number;
  needMs: number | undefined;
  patienceMs: number | undefined;
  began: number;
  ended: number;
  /** By its own clock: the last time that it looked into the table, or else its beginning. */
  lookedAt: number;
  /** Absent if the caller was refused. */
  obtained?: SessionResult;
  error?: unknown;
}

const start = Date.UTC(2026, 0, 1);

/** Runs one plan to its end, in the order that the scheduler chooses. */
export async function play(plan: Plan, scheduler: Scheduler): Promise<History> {
  const clock = exploringClock(scheduler, start);
  const weather = { table: inTurn(plan.table), sts: inTurn(plan.sts) };
  const chances = vi.spyOn(Math, "random").mockImplementation(inTurn(plan.chances));
  const { dynamodb, trace, instance } = createVirtualFleet({ clock, weather });
  const first = await prepare(plan, dynamodb.call);
  const answers: CallerAnswer[] = [];
  const open = new Set<string>();
  const strays: unknown[] = [];
  let warmers = 0;

  async function warm(startMs: number, crashesAt?: number, ownGeneration?: number): Promise<void> {
    const warmer = instance({ name: `warmer ${++warmers}`, crashesAt, timeoutMs: 10_000 });
    await warmer.prime();
    await warmer.pause(startMs, "starts");
    try {
      const entry = await warmer.table.get(key);
      const isOthers = entry && entry.generation !== ownGeneration && mayBeClaimed(entry, warmer.clock.now());
      if ((entry?.sealed || entry?.handedOver) && !isOthers) await warmer.renew(entry, request, warrant);
    } catch (error) {
      if (!(error instanceof VendError || error instanceof TableUnreachable)) strays.push(error);
    }
  }

  async function call(name: string, plan: CallerPlan) {
    const { startMs, againAfterMs, skewMs, crashesAt, needMs, patienceMs } = plan;
    // Lambda delivers an event at least once: here, twice.
    const askWarmer = async (_: string, generation: number) => {
      for (const startMs of [100, 150]) void warm(startMs, undefined, generation);
    };
    const caller = instance({ name, skewMs, crashesAt, askWarmer });
    void caller.crashed.then(() => open.delete(name));
    await caller.prime();
    await caller.pause(startMs, "starts");
    for (let rest = againAfterMs; ; rest = undefined) {
      const began = clock.now();
      const need = needMs === undefined ? undefined : { leftMs: needMs, since: caller.clock.now() };
      const outcome = await caller.obtain(request, { warrant, need, patienceMs }).then(
        (obtained) => ({ obtained }),
        (error: unknown) => ({ error }),
      );
      const lookedAt = Math.max(caller.lastLook.at, began + skewMs);
      answers.push({
        caller: name,
        skewMs,
        needMs,
        patienceMs,
        began,
        ended: clock.now(),
        lookedAt,
        ...outcome,
      });
      if (rest === undefined) break;
      await caller.pause(rest, "asks again");
    }
    open.delete(name);
  }

  try {
    if (plan.warmer) void warm(plan.warmer.startMs, plan.warmer.crashesAt);
    for (const [n, each] of plan.callers.entries()) {
      open.add(`caller ${n + 1}`);
      void call(`caller ${n + 1}`, each);
    }
    await clock.run();
  } finally {
    chances.mockRestore();
  }
  return { ...trace, plan, start, first, answers, open: [...open], strays };
}

/** Writes into the table what the plan's callers are to find. */
async function prepare({ before }: Plan, call: Parameters<typeof createTable>[0]) {
  const { ageMs, lifeMs, wasUsed, next } = before;
  const table = createTable(call, tableName);
  let first: Session | undefined;
  if (ageMs !== undefined) {
    const issuedAt = start - ageMs;
    const expiration = issuedAt + lifeMs;
    first = {
      accessKeyId: "ASIAFIRST",
      secretAccessKey: "first",
      sessionToken: "first",
      issuedAt,
      expiration,
    };
    const generation = (await table.claim(key, undefined, issuedAt, 1_000)) ?? 0;
    const sealed = await sealContent(seal, { key, generation }, { session: first, warrant });
    await table.keep({ key, generation, sealed, expiration });
    if (wasUsed) await table.markUsed(key, generation, dueAt(first, key));
  }
  if (next !== undefined) {
    const at = start - ("claimedMsAgo" in next ? next.claimedMsAgo : next.failedMsAgo);
    const forMs = "claimedMsAgo" in next ? next.forMs : 1_000;
    const generation = (await table.claim(key, await table.get(key), at, forMs)) ?? 0;
    if ("failedMsAgo" in next) {
      const failure = { code: "throttled", until: at + next.retryAfterSeconds * 1_000 } as const;
      await table.release(key, generation, failure);
    }
  }
  return first;
}

/** Gives the items one after the other, and then begins again. */
function inTurn<Value>(values: readonly Value[]): () => Value {
  let n = 0;
  return () => values[n++ % values.length] as Value;
}
