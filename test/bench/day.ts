import { type Amounts, costOf, readPrices } from "../../infra/costs/prices.ts";
import { dueAt, isServable } from "../../shared/core/expiry.ts";
import { seededRandom } from "../vending/model/seeded-random.ts";
import { live, minute } from "../vending/model/steady-life.ts";
import { exactly, type Row } from "./measure.ts";

const dayMs = 24 * 60 * minute;
const sessionMs = 60 * minute;
const scheduleMs = 2 * minute;
const stsMs = 300;

/** How requests are spread over scopes. */
interface Workload {
  scopes: number;
  vends: number;
  lastsMs: number;
  /** 0: all scopes alike; 1: the second scope has half of the first one's requests, the third a third. */
  skew: number;
}

/** A platform that runs a hundred thousand short tasks in an hour, each of which asks once. */
export const taskDay = { vends: 24 * 100_000, lastsMs: dayMs };

interface DayCounts {
  vends: number;
  stsCalls: number;
  /** Of these, calls for which a caller waited. */
  misses: number;
}

interface KeptSession {
  issuedAt: number;
  expiration: number;
  isUsed: boolean;
  dueAt: number;
  /** The warmer issues; its session is there by then. */
  renewedAt: number | undefined;
}

/**
 * A day of a fleet, by the decisions of `core/expiry.ts` and nothing else: which session is served, which is due, and that only
 * used ones are warmed. What instances do to one another is left out: `protocolCalls` shows how little that changes.
 */
export function simulateDay({ scopes, vends, lastsMs, skew }: Workload): DayCounts {
  const random = seededRandom(scopes);
  const pick = pickerOf(scopes, skew, random);
  const kept = new Map<number, KeptSession>();
  const counts = { vends: 0, stsCalls: 0, misses: 0 };

  function issue(scope: number, at: number): KeptSession {
    counts.stsCalls += 1;
    const key = Math.imul(scope + 1, 0x9e3779b1)
      .toString(16)
      .padStart(64, "0");
    const life = { issuedAt: at, expiration: at + sessionMs };
    const session = { ...life, isUsed: false, dueAt: dueAt(life, key), renewedAt: undefined };
    kept.set(scope, session);
    return session;
  }

  /** The session of a scope at a time, which the warmer may have renewed before. */
  function sessionAt(scope: number, at: number): KeptSession | undefined {
    const session = kept.get(scope);
    if (session?.renewedAt === undefined || session.renewedAt > at) return session;
    return issue(scope, session.renewedAt);
  }

  let nextRun = scheduleMs;
  /** The warmer's runs up to a time. */
  function runSchedule(until: number): void {
    for (; nextRun <= until; nextRun += scheduleMs)
      for (const scope of kept.keys()) {
        const session = sessionAt(scope, nextRun);
        if (session?.isUsed && session.dueAt <= nextRun) session.renewedAt ??= nextRun + stsMs;
      }
  }

  const step = lastsMs / vends;
  for (let at = 0; at < lastsMs; at += step * 2 * random()) {
    runSchedule(at);
    counts.vends += 1;
    const scope = pick();
    const session = sessionAt(scope, at);
    if (session === undefined || !isServable(session, at)) {
      counts.misses += 1;
      issue(scope, at);
      continue;
    }
    session.isUsed = true;
    // A caller that meets a due session asks the warmer for the next one.
    if (session.dueAt <= at) session.renewedAt ??= at + stsMs;
  }
  runSchedule(lastsMs);
  return counts;
}

function pickerOf(scopes: number, skew: number, random: () => number): () => number {
  const sums: number[] = [];
  let sum = 0;
  for (let scope = 0; scope < scopes; scope++) {
    sum += 1 / (scope + 1) ** skew;
    sums.push(sum);
  }
  return () => {
    const wanted = random() * sum;
    let [low, high] = [0, scopes - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** The same kind of load on the real protocol, with its table, its claims and its warmer, in virtual time. */
async function protocolCalls(scopes: number, lastsMs: number, pauseMs: number) {
  const random = seededRandom(7);
  const { answers, trace } = await live({
    scopes,
    clocksAheadMs: [0, 0, 0],
    lastsMs,
    pauseMs: () => 2 * pauseMs * random(),
    sts: () => ({ takesMs: stsMs }),
    random,
  });
  return { vends: answers.length, stsCalls: trace.sts.length };
}

/** What one request takes on Lambda, in milliseconds, and what it asks for. */
interface Cost {
  lambdaMs: number;
  memoryGb: number;
  readUnits: number;
  writeUnits: number;
  secretReads: number;
  logBytes: number;
}

/** The durations that are waiting and not computing: the usual latencies inside a region. */
const latency = { tableMs: 5, secretMs: 15, stsMs: 60 };
const memoryGb = 1;
const auditBytes = 900;

/** A hit reads its entry, and by every second request the row of its storage's key. A miss writes, counts and asks STS. */
const costs = {
  hit: {
    lambdaMs: latency.tableMs + 3,
    memoryGb,
    readUnits: 1.5,
    writeUnits: 0,
    secretReads: 0,
    logBytes: auditBytes,
  },
  issue: {
    lambdaMs: 5 * latency.tableMs + latency.stsMs + 10,
    memoryGb,
    readUnits: 3,
    writeUnits: 7,
    secretReads: 0,
    logBytes: auditBytes,
  },
  sample: {
    lambdaMs: latency.secretMs + latency.stsMs + 25,
    memoryGb,
    readUnits: 0,
    writeUnits: 0,
    secretReads: 1,
    logBytes: 300,
  },
} satisfies Record<string, Cost>;

const prices = readPrices();

/** In dollars. */
function priceOf(count: number, cost: Cost, isRequest: boolean): number {
  const each: Amounts = {
    lambdaRequest: 1,
    httpApiRequest: isRequest ? 1 : 0,
    lambdaArmGbSecond: (cost.lambdaMs / 1_000) * cost.memoryGb,
    dynamodbReadUnit: cost.readUnits,
    dynamodbWriteUnit: cost.writeUnits,
    secretRead: cost.secretReads,
    logsIngestedGb: cost.logBytes / 1e9,
  };
  return count * costOf(each, prices);
}

function costOfDay({ vends, stsCalls, misses }: DayCounts): number {
  const warmed = stsCalls - misses;
  return (
    priceOf(vends - misses, costs.hit, true) +
    priceOf(misses, costs.issue, true) +
    priceOf(warmed, costs.issue, false)
  );
}

/** B11 and B12: what a day costs STS, and the operator. */
export async function measureDay(): Promise<Row[]> {
  const shared = simulateDay({ ...taskDay, scopes: 200, skew: 0 });
  const quiet = simulateDay({ scopes: 200, vends: taskDay.vends / 10, lastsMs: dayMs, skew: 0 });
  const longTail = simulateDay({ ...taskDay, scopes: 10_000, skew: 1 });
  // Three hours of a hundredth of the load, both ways.
  const [scopes, lastsMs, pauseMs] = [20, 180 * minute, minute];
  const real = await protocolCalls(scopes, lastsMs, pauseMs);
  const model = simulateDay({ scopes, vends: (scopes * lastsMs) / pauseMs, lastsMs, skew: 0 });
  const ratio = ({ stsCalls, vends }: DayCounts) => exactly(stsCalls / vends);
  const money = (counts: DayCounts) => exactly((costOfDay(counts) / counts.vends) * 1e6);
  const sample = priceOf(1e6, costs.sample, true);
  const against = (counts: DayCounts) =>
    exactly(costOfDay(counts) / priceOf(counts.vends, costs.sample, true));
  const unit = "USD a million";
  return [
    {
      id: "B11",
      what: `a day of ${taskDay.vends.toLocaleString("en")} requests, calls to STS against direct ones`,
      measures: [
        { says: "200 scopes", spread: ratio(shared), unit: "", goal: { atMost: 0.01 } },
        { says: "10,000 scopes, by Zipf's law", spread: ratio(longTail), unit: "", goal: { atMost: 0.2 } },
        { says: "200 scopes, a tenth of the requests", spread: ratio(quiet), unit: "" },
        { says: "callers that waited for STS, 200 scopes", spread: exactly(shared.misses), unit: "" },
        {
          says: "the model's calls, against the protocol's",
          spread: exactly(model.stsCalls / real.stsCalls),
          unit: "",
        },
      ],
      notes: [
        `The decisions of core/expiry.ts over ${dayMs / 3_600_000} hours. Three hours of the real protocol in virtual time made ${real.stsCalls} calls, and the model ${model.stsCalls}.`,
      ],
    },
    {
      id: "B12",
      what: "the cost of that day",
      measures: [
        { says: "200 scopes, against sample", spread: against(shared), unit: "", goal: { atMost: 0.3 } },
        { says: "10,000 scopes, against sample", spread: against(longTail), unit: "" },
        { says: "200 scopes", spread: money(shared), unit },
        { says: "10,000 scopes", spread: money(longTail), unit },
        { says: "sample", spread: exactly(sample), unit },
      ],
      notes: [
        `Prices of ${prices.asOf}, ${prices.region}: infra/prices.json. Latencies inside a region are assumed: ${JSON.stringify(latency)}.`,
      ],
    },
  ];
}
