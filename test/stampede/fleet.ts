import { availableParallelism, cpus } from "node:os";
import type { ApiGatewayEvent } from "../../functions/vend.ts";
import { atMost } from "./at-most.ts";
import type { Job, JobAnswer } from "./job.ts";
import type { Keep } from "./keep.ts";
import type { OwnProcess } from "./own-process.ts";
import type { StsCounts, StsOperations } from "./sts-stand-in.ts";
import type { TableOperations } from "./table-server.ts";
import type { BurstAnswer, WorkerOperations } from "./worker.ts";

/** The outcome of a burst, in which all callers ask for one scope, or of a job, in which a caller is one call. */
export interface Burst<Answer extends BurstAnswer = BurstAnswer> {
  callers: number;
  processes: number;
  answers: Answer[];
  sts: StsCounts;
  tableCalls: number;
  /** Processor time of the fleet alone, without the table and STS; with a job's clients, which run where the fleet does. */
  cpuMs: number;
  /** How busy the whole machine was, 0 to 1. At 1, times say more about the machine than about keyvend. */
  busy: number;
}

export interface Fleet {
  /** The time within which callers arrive, unless a scenario says otherwise. */
  overMs: number;
  /**
   * Lets all callers ask for a scope. Before that, each gets one answer for another scope with a session in the table:
   * then connections stand and code is compiled, so that the protocol is measured and not Node's start.
   */
  burst(scope: string, options?: BurstOptions): Promise<Burst>;
  /** The same without that answer before, for callers that come back. */
  again(scope: string, options?: BurstOptions): Promise<Burst>;
  /** Lets a job's workers do it, at the fleet's pace; each brings an instance with it. */
  work(job: Omit<Job, "from" | "stepMs">): Promise<Burst<JobAnswer>>;
}

interface BurstOptions {
  /** Default: all. */
  callers?: number;
  /** The time within which they arrive; 0 for all at once. Default: the fleet's pace. */
  overMs?: number;
  /** Runs when all callers stand ready, before they ask. The calls that it causes are counted. */
  ahead?: () => Promise<void>;
}

interface Parts {
  workers: OwnProcess<WorkerOperations>[];
  /** Callers of each worker. */
  sizes: number[];
  sts: OwnProcess<StsOperations>;
  table: OwnProcess<TableOperations>;
  keep: Keep;
  eventFor(scope: string): ApiGatewayEvent;
  /** The time between two callers' arrivals, unless a burst has its own. */
  paceMs: number;
}

/** The time in which every process learns when to begin. */
const noticeMs = 100;

export function createFleet({ workers, sizes, sts, table, keep, eventFor, paceMs }: Parts): Fleet {
  const all = sizes.reduce((sum, size) => sum + size, 0);
  let rehearsals = 0;

  /** One caller of each process issues once, so that the AWS SDK has been run there. */
  async function issueOnceEach(): Promise<void> {
    // Whether STS answered in time does not matter yet.
    await atMost(availableParallelism(), workers, (worker, n) =>
      worker.ask("answer", eventFor(`rehearsal-of-process-${n}`), 1),
    );
  }

  /** Callers are spread evenly over the processes. */
  const sharesOf = (callers: number) => sizes.map((_, n) => Math.floor((callers + n) / workers.length));

  async function fire(scope: string, callers: number, overMs: number) {
    const from = Date.now() + noticeMs;
    const shares = sharesOf(callers);
    return sumOf(
      await Promise.all(
        workers.map((worker, n) =>
          worker.ask("fire", eventFor(scope), shares[n] ?? 0, { from, overMs, shift: n / workers.length }),
        ),
      ),
    );
  }

  async function rehearse(callers: number): Promise<void> {
    rehearsals += 1;
    const scope = `rehearsal-${rehearsals}`;
    await keep.put(scope, { issuedAgo: 20, left: 40, dueAgo: 1, claimed: true });
    if (rehearsals === 1) await issueOnceEach();
    const shares = sharesOf(callers);
    const answers = await atMost(availableParallelism(), workers, (worker, n) =>
      worker.ask("answer", eventFor(scope), shares[n] ?? 0),
    );
    const failure = answers.flat().find(({ status }) => status !== 200);
    if (failure !== undefined) throw new Error(`The rehearsal failed: ${JSON.stringify(failure)}`);
  }

  async function measured<Answer extends BurstAnswer>(
    callers: number,
    act: () => Promise<{ answers: Answer[]; cpuMs: number }>,
    ahead?: () => Promise<void>,
  ): Promise<Burst<Answer>> {
    await Promise.all([sts.ask("count"), table.ask("count")]);
    await ahead?.();
    const idle = machineTime();
    const fired = await act();
    const now = machineTime();
    return {
      callers,
      processes: Math.min(workers.length, callers),
      ...fired,
      sts: await sts.ask("count"),
      tableCalls: await table.ask("count"),
      busy: 1 - (now.idle - idle.idle) / (now.all - idle.all),
    };
  }

  const again: Fleet["again"] = (scope, { callers = all, overMs = paceMs * callers, ahead } = {}) =>
    measured(callers, () => fire(scope, callers, overMs), ahead);

  return {
    overMs: paceMs * all,
    async burst(scope, options = {}) {
      await rehearse(options.callers ?? all);
      return again(scope, options);
    },
    again,
    work(job) {
      const shares = sharesOf(job.workers);
      const numbers = Array.from({ length: job.workers }, (_, n) => n);
      const paced: Job = { ...job, from: Date.now() + noticeMs, stepMs: paceMs * job.workers };
      return measured(job.calls, async () =>
        sumOf(
          await Promise.all(
            workers.map((worker, n) => worker.ask("work", paced, numbers.splice(0, shares[n] ?? 0))),
          ),
        ),
      );
    },
  };
}

/** What all processes did. */
function sumOf<Answer>(parts: readonly { answers: Answer[]; cpuMs: number }[]) {
  return {
    answers: parts.flatMap(({ answers }) => answers),
    cpuMs: parts.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
  };
}

function machineTime(): { idle: number; all: number } {
  const times = cpus().map((cpu) => cpu.times);
  const sum = (some: readonly number[]) => some.reduce((total, time) => total + time, 0);
  return {
    idle: sum(times.map(({ idle }) => idle)),
    all: sum(times.flatMap((time) => Object.values(time) as number[])),
  };
}
