import { setTimeout as realSleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { startDynamodb } from "../../infra/local/dynamodb.ts";
import { dynamodbCall } from "../../infra/local/dynamodb-call.ts";
import type { JsonCall } from "../../shared/aws/call.ts";
import { createClaimTable } from "../../shared/aws/claim-table.ts";
import { createCounterTable } from "../../shared/aws/counter-table.ts";
import { createDueTable } from "../../shared/aws/due-table.ts";
import { createEntryTable } from "../../shared/aws/entry-table.ts";
import { createKeyTable } from "../../shared/aws/key-table.ts";
import { createMemoryTables } from "../../shared/aws/memory-tables.ts";
import { createPauseTable } from "../../shared/aws/pause-table.ts";
import { createRevocationTable } from "../../shared/aws/revocation-table.ts";
import { createSeal } from "../../shared/aws/seal.ts";
import { createUseTable } from "../../shared/aws/use-table.ts";
import type { MissLimits } from "../../shared/core/config.ts";
import type { IssueRequest } from "../../shared/core/issue-request.ts";
import type { Session } from "../../shared/core/session.ts";
import { claimMs } from "../../shared/vending/claim-watch.ts";
import { createFlushGuard } from "../../shared/vending/flush-guard.ts";
import { createHandOver } from "../../shared/vending/hand-over.ts";
import { createIssueOnce } from "../../shared/vending/issue-once.ts";
import { createKeepWarm } from "../../shared/vending/keep-warm.ts";
import { createMissLimits } from "../../shared/vending/miss-limits.ts";
import { createNoteKey } from "../../shared/vending/note-key.ts";
import { createObtain, type OnMiss } from "../../shared/vending/obtain.ts";
import { createObtainAnew } from "../../shared/vending/obtain-anew.ts";
import type {
  Absorb,
  AskWarmer,
  ClaimTable,
  Clock,
  CounterTable,
  EntryTable,
  Issue,
  KeyTable,
  PauseTable,
  RevocationTable,
  Seal,
  UseTable,
} from "../../shared/vending/ports.ts";
import { judgeByText, readAtLast } from "../../shared/vending/revocation-rules.ts";
import { createRevocations, type Revocations } from "../../shared/vending/revocations.ts";
import { createSessionCache } from "../../shared/vending/session-cache.ts";
import { createStorageKeys } from "../../shared/vending/storage-keys.ts";
import { createStoragePause } from "../../shared/vending/storage-pause.ts";
import { until } from "../until.ts";

export const tableName = "keyvend-test";
export const sealingSecret = JSON.stringify({ current: "k1", k1: "the sealing key of all these tests" });

interface SimulatedClock extends Clock {
  advance(milliseconds: number): void;
}

/** Time stands still until the test moves it. A sleep only lets other tasks go on. */
function simulatedClock(start = Date.now()): SimulatedClock {
  let time = start;
  return {
    now: () => time,
    sleep: () => realSleep(5),
    advance(milliseconds) {
      time += milliseconds;
    },
  };
}

interface CountingSts {
  /** Every request, in order. */
  requests: readonly IssueRequest[];
  /** The life that STS gives if a test sets another one than the request's. */
  givesSeconds: number | undefined;
  /** The fate of a request. Tests with a slow or refusing STS replace it. */
  answer(session: Session): Promise<Session>;
  issue: Issue;
}

/** The port of STS. It counts the requests, and gives new credentials each time, for the life of `givesSeconds` or the request. */
function countingSts(clock: Clock) {
  const requests: IssueRequest[] = [];
  const sts: CountingSts = {
    requests,
    givesSeconds: undefined,
    answer: async (session) => session,
    issue: async (request) => {
      const n = requests.push(request);
      const issuedAt = clock.now();
      return sts.answer({
        accessKeyId: `ASIA${String(n).padStart(16, "0")}`,
        secretAccessKey: `secret key ${n}`,
        sessionToken: `session token ${n}`,
        issuedAt,
        expiration: issuedAt + (sts.givesSeconds ?? request.durationSeconds) * 1_000,
      });
    },
  };
  return sts;
}

/** The table with all its ports: for answers, for issues and for the warmer. */
export function createTable(call: JsonCall, name: string) {
  return {
    ...createEntryTable(call, name),
    ...createUseTable(call, name),
    ...createClaimTable(call, name),
    ...createCounterTable(call, name),
    ...createPauseTable(call, name),
    ...createDueTable(call, name),
    ...createKeyTable(call, name),
    ...createRevocationTable(call, name),
  };
}

/** The same ports in memory. */
export async function createMemoryTable(clock: Clock) {
  const { entries, loadIssuing } = createMemoryTables(clock);
  const { uses, claims, counters, pauses, dues, keys, rates } = await loadIssuing();
  return { ...entries, ...uses, ...claims, ...counters, ...pauses, ...dues, ...keys, ...rates };
}

interface InstancePorts {
  table: EntryTable & UseTable & ClaimTable & KeyTable & CounterTable & PauseTable & RevocationTable;
  /** Absent: of this table. */
  revocations?: Revocations;
  /** Absent: so many that no test meets them by chance. */
  misses?: MissLimits;
  seal: Seal;
  issue: Issue;
  askWarmer: AskWarmer;
  clock: Clock;
  absorb?: Absorb;
  noteStale?: () => void;
}

const manyMisses = { perPrincipal: 1_000_000, perClientKey: 1_000_000, perStorage: 1_000_000 };

/** The cache protocol of one instance, with nothing in its memory. */
export function createInstance({
  table,
  misses = manyMisses,
  seal,
  issue,
  askWarmer,
  clock,
  absorb = () => {},
  noteStale = () => {},
  revocations = revocationsOf({ table, absorb, clock }),
}: InstancePorts) {
  const storageKeys = createStorageKeys({ table, seal, clock });
  const sessions = createSessionCache({ table, seal, storageKeys, revocations, clock });
  const noteKey = createNoteKey({ storageKeys, table, seal, absorb });
  const counted = createMissLimits({ table, limits: misses, clock });
  const pause = { table, absorb, clock };
  const pausing = createStoragePause({ ...pause, isPatient: false });
  const issuing = { sessions, claims: table, seal, issue, storageKeys, noteKey, absorb, clock };
  const handOver = createHandOver({ claims: table, seal, askWarmer, absorb, clock });
  const afterFlush = createFlushGuard({ revocations, clock });
  const { issueOnce } = createIssueOnce({
    ...issuing,
    issue: afterFlush(pausing(counted(issue))),
    handOver,
  });
  const onMiss: OnMiss = {
    obtainAnew: createObtainAnew({
      ...{ sessions, issueOnce, issue: afterFlush(issue), revocations, seal },
      ...{ absorb, noteStale, clock },
    }),
    keepWarm: createKeepWarm({ table, askWarmer, absorb, clock }),
  };
  const { renew } = createIssueOnce({
    ...issuing,
    issue: afterFlush(createStoragePause({ ...pause, isPatient: true })(issue)),
  });
  return { obtain: createObtain({ sessions, onMiss: async () => onMiss, clock }), renew, revocations };
}

/** What an instance knows of the revocations: nothing yet. */
export function revocationsOf({
  table,
  clock,
  absorb = () => {},
}: Pick<InstancePorts, "clock" | "absorb"> & { table: RevocationTable }): Revocations {
  return createRevocations({ table, onRevoked: async () => ({ judgeByText, readAtLast, absorb }), clock });
}

/** One real table and one real sealing key, for any number of instances. All of it ends with the test. */
export async function createFleet() {
  const clock = simulatedClock();
  const dynamodb = await startDynamodb(0, tableName);
  onTestFinished(dynamodb.close);
  const call = dynamodbCall(dynamodb.url);
  const table = createTable(call, tableName);
  const seal = createSeal(
    async () => sealingSecret,
    clock,
    () => undefined,
  );
  const sts = countingSts(clock);
  const warmerRequests: string[] = [];
  const askWarmer: AskWarmer = async (key) => void warmerRequests.push(key);
  const instance = (change: Partial<InstancePorts> = {}) =>
    createInstance({ table, seal, issue: sts.issue, askWarmer, clock, ...change });
  return {
    clock,
    dynamodb,
    call,
    table,
    seal,
    sts,
    askWarmer,
    /** Keys of the entries that the warmer was asked for. */
    warmerRequests,
    /** A fresh instance of the service: nothing in its memory. */
    instance,
    /** One that has read the revocations before its table went away. */
    async primedInstance(change: Partial<InstancePorts> = {}) {
      const revocations = revocationsOf({ table, clock });
      await revocations.current();
      return instance({ revocations, ...change });
    },
    /** Resolves when so many calls have reached STS. */
    calls: (count: number) => until(() => expectCount(sts.requests.length, count)),
  };
}

/** The rows that are entries: keys of others are no hashes. */
export async function entryRows({ scan }: { scan(): Promise<unknown[]> }): Promise<EntryRow[]> {
  return ((await scan()) as EntryRow[]).filter(({ key }) => /^[0-9a-f]{64}$/.test(key.S));
}

interface EntryRow {
  key: { S: string };
  sealed?: { S: string };
}

function expectCount(actual: number, expected: number): void {
  if (actual !== expected) throw new Error(`${actual} calls to STS instead of ${expected}`);
}

/** All items of an iterable. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of items) all.push(each);
  return all;
}

/**
 * The clock of an instance that waits for claims that follow each other: none is dead, since the instance sees each one for
 * less than a second.
 */
export async function clockOfEndlessClaims(
  { clock, table }: Pick<Awaited<ReturnType<typeof createFleet>>, "clock" | "table">,
  key: string,
): Promise<Clock> {
  let generation = await table.claim(key, undefined, clock.now(), claimMs);
  return {
    now: clock.now,
    async sleep(milliseconds) {
      clock.advance(milliseconds);
      generation = await table.claim(key, { key, generation: generation ?? 0 }, clock.now(), claimMs);
    },
  };
}
