import { createRateTable } from "../../../shared/aws/rate-table.ts";
import { createSeal } from "../../../shared/aws/seal.ts";
import { authorize } from "../../../shared/core/authorize.ts";
import type { Config } from "../../../shared/core/config.ts";
import { entryKey } from "../../../shared/core/entry-key.ts";
import { VendError } from "../../../shared/core/errors.ts";
import { type IssueRequest, isKept, issueRequest } from "../../../shared/core/issue-request.ts";
import type { Principal } from "../../../shared/core/principal.ts";
import { sealContent } from "../../../shared/vending/entry-content.ts";
import { createIssueOnce } from "../../../shared/vending/issue-once.ts";
import { createNoteKey } from "../../../shared/vending/note-key.ts";
import type { AuditRecord, Clock, IssueOptions } from "../../../shared/vending/ports.ts";
import { createSessionCache } from "../../../shared/vending/session-cache.ts";
import { createStorageKeys } from "../../../shared/vending/storage-keys.ts";
import { createStsBudget } from "../../../shared/vending/warm/sts-budget.ts";
import { type ClaimedEntry, createWarm } from "../../../shared/vending/warm/warm.ts";
import { createSimulatedDynamodb } from "../../dynamodb/simulated-dynamodb.ts";
import { seededRandom } from "../model/seeded-random.ts";
import { alice, configOf, sampleGrant, sampleStorage } from "../samples.ts";
import { createTable, revocationsOf, sealingSecret, tableName } from "../simulated-fleet.ts";
import { virtualClock } from "../virtual-clock.ts";

/** What an issue fails with while STS is away. */
export const away = () => new VendError("unavailable", "STS is away.");

/** An STS that is away for one storage. */
export const awayFor =
  (storage: string) =>
  ({ request }: TimedStsCall): void => {
    if (request.storage.name === storage) throw away();
  };

/** The report of a pass in which nothing was due. */
export const nothing = { due: 0, issued: 0, dropped: 0, passed: 0, failed: {}, left: 0 };

/** One call to STS: its time and its request. */
interface TimedStsCall {
  at: number;
  request: IssueRequest;
}

/** STS with a quota, on a simulated clock: it throttles each call that is over its limit in any second. */
function limitedSts(clock: Clock, limitPerSecond: number) {
  const random = seededRandom(7);
  const calls: TimedStsCall[] = [];
  const sts = {
    calls,
    throttled: 0,
    /** May throw for a request. */
    before: (_call: TimedStsCall): void => {},
    /** The work of an issue before its call, such as a read of a long-term key. */
    prepares: async (): Promise<void> => {},
    async issue(request: IssueRequest, { turn }: IssueOptions = {}) {
      await sts.prepares();
      await turn?.();
      const call = { at: clock.now(), request };
      calls.push(call);
      if (call.at - (calls.at(-1 - limitPerSecond)?.at ?? Number.NEGATIVE_INFINITY) < 1_000) {
        sts.throttled++;
        throw new VendError("throttled", "Too many.", { retryAfterSeconds: 1 });
      }
      await clock.sleep(50 + 250 * random());
      sts.before(call);
      const issuedAt = clock.now();
      return {
        accessKeyId: `ASIA${String(calls.length).padStart(16, "0")}`,
        secretAccessKey: "secret",
        sessionToken: "token",
        issuedAt,
        expiration: issuedAt + request.durationSeconds * 1_000,
      };
    },
  };
  return sts;
}

/** Whether this action on the table claims an entry. */
export function isClaim(input: { UpdateExpression?: string }): boolean {
  return input.UpdateExpression?.includes("#generation = :generation, #claimedUntil = :until") ?? false;
}

/** Whether this action reads an entry: the rows of storages' keys and of revocations are read beside. */
export function readsEntry(action: string, input: object): boolean {
  return action === "GetItem" && !/"(storage-key [^"]+|revocations)"/.test(JSON.stringify(input));
}

/** The most calls in any one second, wherever it begins. */
export function mostInASecond(calls: readonly TimedStsCall[]): number {
  const times = calls.map(({ at }) => at).sort((a, b) => a - b);
  let first = 0;
  return Math.max(
    ...times.map((time, last) => {
      while (time - (times[first] ?? time) >= 1_000) first++;
      return last - first + 1;
    }),
  );
}

/** Calls a second, from the first to the last. */
export function rateOf(calls: readonly TimedStsCall[]): number {
  const times = calls.map(({ at }) => at);
  return ((times.length - 1) * 1_000) / (Math.max(...times) - Math.min(...times));
}

/** Storages with due entries, a table that needs time to answer, and STS with a quota: all in virtual time. */
export async function createWarming({
  storages = ["lake"],
  stsCallsPerSecond = 200,
}: {
  storages?: readonly string[];
  stsCallsPerSecond?: number;
} = {}) {
  const clock = virtualClock();
  const sts = limitedSts(clock, stsCallsPerSecond);
  const dynamodb = createSimulatedDynamodb(tableName);
  const { call, faults } = dynamodb;
  const table = createTable(call, tableName);
  const seal = createSeal(
    async () => sealingSecret,
    clock,
    () => {},
  );
  const records: AuditRecord[] = [];
  const config: Config = {
    ...configOf(
      storages.map((name) =>
        sampleStorage("assume-role", {
          name,
          roleArn: `arn:aws:iam::1:role/${name}`,
          sessions: "per-principal",
        }),
      ),
      storages.map((storage) => sampleGrant({ name: storage, storage })),
    ),
    warm: { stsCallsPerSecond },
  };

  /** Adds an entry that was issued and used long ago. Returns its key. */
  async function addDue(storage: string, caller: string, dueAt: number): Promise<string> {
    const principal: Principal = { ...alice, subject: caller };
    const ask = { storage };
    const authorization = authorize(config, { principal, now: clock.now(), sourceIp: undefined }, ask);
    const request = issueRequest(authorization, { principal });
    if (!isKept(request)) throw new Error(`${storage} keeps no sessions.`);
    const key = entryKey(request);
    const issuedAt = clock.now() - 1_200_000;
    const expiration = issuedAt + 3_600_000;
    const session = {
      accessKeyId: "ASIA",
      secretAccessKey: "old",
      sessionToken: "old",
      issuedAt,
      expiration,
    };
    const generation = (await table.claim(key, undefined, issuedAt, 1_000)) ?? Number.NaN;
    const warrant = { principal, ask, grant: storage };
    const sealed = await sealContent(seal, { key, generation }, { session, warrant });
    await table.keep({ key, generation, sealed, expiration });
    await table.markUsed(key, generation, dueAt);
    return key;
  }

  return {
    clock,
    sts,
    dynamodb,
    table,
    records,
    config,
    addDue,
    /** Adds so many entries of a storage, due one after the other until now. Returns their callers in this order. */
    async addAllDue(storage: string, count: number): Promise<string[]> {
      const callers = Array.from({ length: count }, (_, n) => `user-${n}`);
      for (const [n, caller] of callers.entries()) await addDue(storage, caller, clock.now() - count + n);
      return callers;
    },
    /** Keys of all entries. */
    keys: () =>
      dynamodb.items().flatMap(({ key }) => (key && "S" in key && key.S.length === 64 ? [key.S] : [])),
    /** The callers in the order of the calls to STS. */
    callers: () => sts.calls.map(({ request }) => /^user-\d+/.exec(request.sessionName)?.[0]),
    /** From now on the table needs so many milliseconds to answer. */
    takeTime(least = 3, most = 15) {
      const random = seededRandom(11);
      faults.before = () => clock.sleep(least + (most - least) * random());
    },
    /** A warmer of its own: an instance of the function, and one pass of it. */
    warmer(change: { config?: Config; clock?: Clock } = {}) {
      const ports = { table, seal, clock, config, issue: sts.issue, absorb: () => {}, ...change };
      const rates = createRateTable(call, tableName);
      const budget = createStsBudget({ ...ports, table: rates, ...ports.config.warm });
      const storageKeys = createStorageKeys(ports);
      const revocations = revocationsOf(ports);
      const sessions = createSessionCache({ ...ports, storageKeys, revocations });
      const noteKey = createNoteKey({ ...ports, storageKeys });
      const { renew } = createIssueOnce({
        ...ports,
        sessions,
        storageKeys,
        noteKey,
        claims: table,
        issue: budget.paced(ports.issue),
      });
      const audit = { record: (record: AuditRecord) => void records.push(record) };
      const warm = createWarm({ ...ports, renew, revocations, budget, audit });
      return (lastsMs = 110_000, entry?: ClaimedEntry) => {
        const now = ports.clock.now();
        const pass = { horizon: now, until: now + lastsMs, requestId: "warm-1" };
        return warm(entry === undefined ? pass : { ...pass, entry });
      };
    },
  };
}
