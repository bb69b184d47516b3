import { localClientKey } from "../../../infra/local/local-client-key.ts";
import type { Burst } from "../fleet.ts";
import type { JobAnswer } from "../job.ts";
import { type Bound, type Row, rowOf, type Scenario, stsLatencyMs } from "../scenario.ts";

const calls = 12_281;
const tables = 300;
const mostWorkers = 50;
/** AWS's quota, which a whole account shares. */
const stsPerSecond = 600;
/** Until all code has run that the job needs. */
const rehearsedEach = 6;
const hourMs = 3_600_000;

/**
 * A catalog's workers assume a role for each table that they touch. STS is asked once for each table; and the same job, again,
 * needs no STS.
 */
export const largeJob: Scenario = {
  name: "large-job",
  async play({ fleet, sts, callers }) {
    const workers = Math.min(mostWorkers, callers);
    const { id: accessKeyId, secret: secretAccessKey } = await localClientKey();
    const job = { key: { accessKeyId, secretAccessKey }, workers };
    // Whether all got an answer does not matter yet.
    await fleet.work({ ...job, calls: rehearsedEach * workers, folder: "rehearsal", tables: workers });

    const real = { ...job, calls, folder: "wh/db", tables };
    await sts.ask("meet", { latencyMs: stsLatencyMs, mostPerSecond: stsPerSecond });
    const first = await fleet.work(real);
    await sts.ask("down");
    const second = await fleet.work(real).finally(() => sts.ask("up"));
    return [
      jobRow(`large job: ${workers} workers, ${tables} tables`, first, ({ stsCalls }) => [
        { says: `${tables} STS calls, one for each table`, holds: stsCalls === tables, kind: "count" },
        { says: "0 of them throttled", holds: first.sts.throttled === 0, kind: "count" },
      ]),
      jobRow("… again, with STS away", second, () => [
        { says: "0 issued", holds: issuedIn(second) === 0, kind: "count" },
        { says: "the same sessions", holds: sessionsOf(first) === sessionsOf(second), kind: "count" },
      ]),
    ];
  },
};

function jobRow(scenario: string, job: Burst<JobAnswer>, bounds: (row: Row) => Bound[]): Row {
  const retries = job.answers.reduce((sum, { attempts }) => sum + attempts - 1, 0);
  const least = Math.min(...job.answers.map(({ leftMs = 0 }) => leftMs));
  const row = rowOf(scenario, job, (one) => [
    ...bounds(one),
    { says: `${tables} sessions, one for each table`, holds: hasOneEach(job), kind: "count" },
    { says: "every answer has the hour left that was asked for", holds: least >= hourMs, kind: "count" },
  ]);
  return { ...row, telling: [...row.telling, `${retries} retries by clients`] };
}

const issuedIn = ({ answers }: Burst<JobAnswer>) =>
  answers.filter(({ audit }) => audit?.cache === "issued").length;

/** The pairs of a table and a key id that were answered, each once. */
function pairsOf({ answers }: Burst<JobAnswer>): string[] {
  return [...new Set(answers.map(({ table, accessKeyId }) => `${table} ${accessKeyId}`))].sort();
}

const sessionsOf = (job: Burst<JobAnswer>) => pairsOf(job).join();

function hasOneEach(job: Burst<JobAnswer>): boolean {
  const keyIds = new Set(job.answers.map(({ accessKeyId }) => accessKeyId));
  return pairsOf(job).length === tables && keyIds.size === tables;
}
