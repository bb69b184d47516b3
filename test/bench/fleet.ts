import { exactlyOneCall, type Row as Played, percentile, rowOf, stsLatencyMs } from "../stampede/scenario.ts";
import { largeJob } from "../stampede/scenarios/large-job.ts";
import { openStage, type Stage } from "../stampede/stage.ts";
import { createWarming, mostInASecond, rateOf } from "../vending/warm/warming.ts";
import { exactly, type Row } from "./measure.ts";

const dueEntries = 10_000;
const permittedPerSecond = 200;

/** The callers of each stampede, and the time between two of them: what two processors can serve. */
export const stampedes = {
  cold: { callers: 1_000, processes: 20, paceMs: 8 },
  job: { callers: 50, processes: 10, paceMs: 4 },
} as const;

async function play<Result>(
  size: (typeof stampedes)[keyof typeof stampedes],
  scenario: (stage: Stage) => Promise<Result>,
): Promise<Result> {
  let close = async () => {};
  try {
    const stage = await openStage({ table: "simulated", scenarios: [], ...size }, (closing) => {
      close = closing;
    });
    await stage.sts.ask("meet", { latencyMs: stsLatencyMs });
    return await scenario(stage);
  } finally {
    await close();
  }
}

/** B9: as many instances as callers, one scope, and nothing in the table. */
export async function measureCold(): Promise<Row> {
  const row = await play(stampedes.cold, async ({ fleet }) =>
    rowOf("cold start", await fleet.burst("cold"), (one) => [exactlyOneCall(one)]),
  );
  return {
    id: "B9",
    what: `${row.callers.toLocaleString("en")} cold instances, one scope`,
    measures: [
      { says: "calls to STS", spread: exactly(row.stsCalls), unit: "", goal: { atMost: 1 } },
      { says: "failures", spread: exactly(row.failures), unit: "", goal: { atMost: 0 } },
      {
        says: "p99, against STS's latency",
        spread: exactly(percentile(row, 99) / stsLatencyMs),
        unit: "",
        goal: { atMost: 3 },
      },
      { says: "p50", spread: exactly(percentile(row, 50)), unit: "ms" },
      { says: "p99", spread: exactly(percentile(row, 99)), unit: "ms" },
    ],
    notes: [`The machine was ${((row.busy ?? 0) * 100).toFixed(0)} % busy; STS took ${stsLatencyMs} ms.`],
  };
}

/** B10, in virtual time: `npm run stampede -- warm` does the same over the wire. */
export async function measureWarm(): Promise<Row> {
  const { addAllDue, clock, sts, takeTime, warmer } = await createWarming({
    stsCallsPerSecond: permittedPerSecond,
  });
  await addAllDue("lake", dueEntries);
  takeTime();
  const { issued } = await clock.run(warmer()());
  return {
    id: "B10",
    what: `${dueEntries.toLocaleString("en")} scopes warmed`,
    measures: [
      {
        says: "calls to STS, against the permitted rate",
        spread: exactly(rateOf(sts.calls) / permittedPerSecond),
        unit: "",
        goal: { atLeast: 0.97 },
      },
      { says: "throttled", spread: exactly(sts.throttled), unit: "", goal: { atMost: 0 } },
      {
        says: "calls in the fullest second",
        spread: exactly(mostInASecond(sts.calls)),
        unit: "",
        goal: { atMost: permittedPerSecond },
      },
      { says: "issued", spread: exactly(issued), unit: "", goal: { atLeast: dueEntries } },
    ],
    notes: ["In virtual time, with a table and an STS that take theirs."],
  };
}

/** B16: a catalog's workers, each of which asks for each table that it touches. */
export async function measureJob(): Promise<Row> {
  const [first, without] = await play(stampedes.job, largeJob.play);
  if (first === undefined || without === undefined) throw new Error("The large job has no result.");
  const times = (row: Played, name: string) =>
    [50, 99].map((percent) => ({
      says: `p${percent}${name}`,
      spread: exactly(percentile(row, percent)),
      unit: "ms",
    }));
  const broken = [first, without].flatMap(({ bounds }) =>
    bounds.filter(({ holds, kind }) => !holds && kind === "count"),
  );
  return {
    id: "B16",
    what: `the large job: ${first.callers.toLocaleString("en")} requests of 50 workers for 300 tables`,
    measures: [
      { says: "calls to STS", spread: exactly(first.stsCalls), unit: "", goal: { atMost: 300 } },
      { says: "failures", spread: exactly(first.failures), unit: "", goal: { atMost: 0 } },
      {
        says: "failures while STS is away",
        spread: exactly(without.failures),
        unit: "",
        goal: { atMost: 0 },
      },
      { says: "broken bounds", spread: exactly(broken.length), unit: "", goal: { atMost: 0 } },
      ...times(first, ""),
      ...times(without, " while STS is away"),
    ],
    notes: broken.map(({ says }) => `Broken: ${says}.`),
  };
}
