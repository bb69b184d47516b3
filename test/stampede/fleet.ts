import { cpus } from "node:os";
import type { HttpEvent } from "../../functions/http.ts";
import type { Keep } from "./keep.ts";
import type { OwnProcess } from "./own-process.ts";
import type { StsCounts, StsOperations } from "./sts-stand-in.ts";
import type { TableOperations } from "./table-server.ts";
import type { Answered, WorkerOperations } from "./worker.ts";

/** What came of all callers' firing at once. */
export interface Burst {
  callers: number;
  processes: number;
  answers: Answered[];
  sts: StsCounts;
  tableCalls: number;
  /** How busy the whole machine was, 0 to 1: of 1, times say more about the machine than about keyvend. */
  busy: number;
}

export interface Fleet {
  /**
   * Lets everybody ask for a scope at the same moment. Before, each has been answered once for another scope that was
   * kept already: connections stand and code is compiled, so that the protocol is measured and not Node's start.
   */
  burst(scope: string, options?: BurstOptions): Promise<Burst>;
  /** The same without that answer before: for who comes back. */
  again(scope: string, options?: BurstOptions): Promise<Burst>;
}

interface BurstOptions {
  /** Default: all. */
  callers?: number;
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
  eventFor(scope: string): Partial<HttpEvent>;
}

/** Until when every process has been told to fire. */
const noticeMs = 100;

export function createFleet({ workers, sizes, sts, table, keep, eventFor }: Parts): Fleet {
  const all = sizes.reduce((sum, size) => sum + size, 0);
  let rehearsals = 0;

  async function fire(scope: string, callers: number): Promise<Answered[]> {
    const at = Date.now() + noticeMs;
    const shares = sizes.map((_, n) => Math.floor((callers + n) / workers.length));
    const fired = workers.map((worker, n) => worker.ask("fire", eventFor(scope), at, shares[n] ?? 0));
    return (await Promise.all(fired)).flat();
  }

  async function rehearse(callers: number): Promise<void> {
    rehearsals += 1;
    const scope = `rehearsal-${rehearsals}`;
    await keep.put(scope, { issuedAgo: 1, left: 59, dueAgo: -20 });
    const refused = (await fire(scope, callers)).find(({ status }) => status !== 200);
    if (refused !== undefined) throw new Error(`The rehearsal failed: ${JSON.stringify(refused)}`);
  }

  async function again(scope: string, { callers = all, ahead }: BurstOptions = {}): Promise<Burst> {
    await Promise.all([sts.ask("count"), table.ask("count")]);
    await ahead?.();
    const idle = machineTime();
    const answers = await fire(scope, callers);
    const now = machineTime();
    return {
      callers,
      processes: Math.min(workers.length, callers),
      answers,
      sts: await sts.ask("count"),
      tableCalls: await table.ask("count"),
      busy: 1 - (now.idle - idle.idle) / (now.all - idle.all),
    };
  }

  return {
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
