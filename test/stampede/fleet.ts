import { availableParallelism, cpus } from "node:os";
import type { ApiGatewayEvent } from "../../functions/vend.ts";
import { atMost } from "./at-most.ts";
import type { Keep } from "./keep.ts";
import type { OwnProcess } from "./own-process.ts";
import type { StsCounts, StsOperations } from "./sts-stand-in.ts";
import type { TableOperations } from "./table-server.ts";
import type { Answered, WorkerOperations } from "./worker.ts";

/** What came of all callers' asking for one scope. */
export interface Burst {
  callers: number;
  processes: number;
  answers: Answered[];
  sts: StsCounts;
  tableCalls: number;
  /** Of the fleet alone: neither the table nor STS. */
  cpuMs: number;
  /** How busy the whole machine was, 0 to 1: of 1, times say more about the machine than about keyvend. */
  busy: number;
}

export interface Fleet {
  /** Within what time callers arrive, unless a scenario says otherwise. */
  overMs: number;
  /**
   * Lets everybody ask for a scope. Before, each has been answered once for another scope that was
   * kept already: connections stand and code is compiled, so that the protocol is measured and not Node's start.
   */
  burst(scope: string, options?: BurstOptions): Promise<Burst>;
  /** The same without that answer before: for who comes back. */
  again(scope: string, options?: BurstOptions): Promise<Burst>;
}

interface BurstOptions {
  /** Default: all. */
  callers?: number;
  /** Within what time they arrive; 0 for all at once. Default: the pace that was set for the fleet. */
  overMs?: number;
  /** Done when all stand ready, before they fire; what it causes is counted. */
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
  /** Between two callers' arrivals, unless a burst has its own time. */
  paceMs: number;
}

/** Until every process has been told when to begin. */
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
    const fired = await Promise.all(
      workers.map((worker, n) =>
        worker.ask("fire", eventFor(scope), shares[n] ?? 0, { from, overMs, shift: n / workers.length }),
      ),
    );
    return {
      answers: fired.flatMap(({ answers }) => answers),
      cpuMs: fired.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    };
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
    const refused = answers.flat().find(({ status }) => status !== 200);
    if (refused !== undefined) throw new Error(`The rehearsal failed: ${JSON.stringify(refused)}`);
  }

  async function again(
    scope: string,
    { callers = all, overMs = paceMs * callers, ahead }: BurstOptions = {},
  ): Promise<Burst> {
    await Promise.all([sts.ask("count"), table.ask("count")]);
    await ahead?.();
    const idle = machineTime();
    const fired = await fire(scope, callers, overMs);
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

  return {
    overMs: paceMs * all,
    async burst(scope, options = {}) {
      await rehearse(options.callers ?? all);
      return again(scope, options);
    },
    again,
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
