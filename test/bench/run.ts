/** `npm run bench [-- --rounds N --publish B1 B6 …]`, `npm run bench -- peers`; see the README beside this. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { measureAnswers } from "./answers.ts";
import { type Bundles, buildBundles } from "./bundles.ts";
import { writeCharts } from "./charts.ts";
import { measureCommand, measureLibrary } from "./client.ts";
import { measureDay } from "./day.ts";
import { measureCold, measureJob, measureWarm } from "./fleet.ts";
import { measureGrants, measureMemory, measureRows } from "./growth.ts";
import type { Row } from "./measure.ts";
import { measurePeers } from "./peers/peers.ts";
import { describe, machineNow, type Results, summaryOf, tableOf } from "./report.ts";
import { measureServer } from "./server.ts";
import { measureStarts } from "./starts.ts";
import { openWorld, type World } from "./world.ts";

interface Ground {
  world: World;
  bundles: Bundles;
  rounds: number;
}

interface Part {
  ids: readonly string[];
  measure(ground: Ground): Promise<Row[]>;
}

/** The parts, in the order in which they run. What would disturb another's times does not run beside it. */
const parts: Part[] = [
  {
    ids: ["B1", "B2", "B3", "B4", "B5"],
    measure: ({ world, bundles, rounds }) => measureStarts(world, bundles, rounds),
  },
  {
    ids: ["B6", "B7", "B8"],
    measure: ({ world, bundles, rounds }) => measureAnswers(world, bundles, Math.ceil(rounds / 4)),
  },
  {
    ids: ["B17"],
    measure: async ({ world, bundles, rounds }) => [
      await measureServer(world, bundles, Math.ceil(rounds / 3)),
    ],
  },
  { ids: ["B13"], measure: async () => [await measureLibrary()] },
  {
    ids: ["B14"],
    measure: async ({ world, rounds }) => [await measureCommand(world, Math.ceil(rounds / 2))],
  },
  { ids: ["B9"], measure: async () => [await measureCold()] },
  { ids: ["B16"], measure: async () => [await measureJob()] },
  { ids: ["B15", "B10", "B11", "B12"], measure: measureSteady },
];

/** What is measured in one run, and the names of the files that take the results. */
interface Suite {
  parts: readonly Part[];
  /** Beside this file, for the documents. */
  published: string;
  /** Beside the build. */
  kept: string;
  hasCharts: boolean;
}

const rowsOfGoals: Suite = { parts, published: "results.json", kept: "bench.json", hasCharts: true };

/** Other products beside ours: asked for by its name alone, since it is no part of a run of all rows. */
const peers = "peers";
const rowsOfPeers: Suite = {
  parts: [{ ids: [peers], measure: ({ world }) => measurePeers(world) }],
  published: "peers.json",
  kept: "peers.json",
  hasCharts: false,
};

const usage = `Usage: npm run bench [-- [--rounds N] [--publish] [ROW …]]
       npm run bench -- peers [--publish]

It measures keyvend beside what people write instead, on a machine that does nothing else. All rows take less than ten minutes.

  ROW           Measures this row, and those that are measured with it:
                ${parts.map(({ ids }) => ids.join(" ")).join(", ")}.
  peers         Measures other products, Vault, beside keyvend. First it builds them, by Go.
  --rounds N    The rounds of what is measured in rounds. Default: 25
  --publish     Writes results.json and the charts beside this program, and for peers its peers.json.
                Without it, results are in .build/bench.json and .build/peers.json.
  --help        Says this.`;

/** Counts, and processor time that others may disturb: the million vends take one core for a minute. */
async function measureSteady({ world, bundles, rounds }: Ground): Promise<Row[]> {
  const grants = await measureGrants();
  const rows = await measureRows(world, bundles, Math.ceil(rounds / 4));
  const [memory, warm, day] = await Promise.all([measureMemory(world, bundles), measureWarm(), measureDay()]);
  const what = "growth: with the table, with the configuration, with time";
  return [warm, ...day, { id: "B15", what, measures: [...rows, ...grants, ...memory] }];
}

function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "25" },
      publish: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds must be a whole number above 0.");
  const isOfPeers = positionals.includes(peers);
  if (isOfPeers && positionals.length > 1) throw new Error(`${peers} is measured alone, without other rows.`);
  const known = [...parts.flatMap(({ ids }) => ids), peers];
  const unknown = positionals.filter((id) => !known.includes(id));
  if (unknown.length > 0)
    throw new Error(`No row is named ${unknown.join(", ")}. There are ${known.join(", ")}.`);
  if (values.publish && positionals.length > 0 && !isOfPeers)
    throw new Error(`--publish takes all rows, or ${peers}.`);
  const asked = isOfPeers ? { suite: rowsOfPeers, wanted: [] } : { suite: rowsOfGoals, wanted: positionals };
  return { rounds, isPublished: values.publish, isHelp: values.help, ...asked };
}

const numberOf = ({ id }: Row) => Number(id.slice(1));

async function run({ rounds, isPublished, suite, wanted }: ReturnType<typeof readOptions>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "keyvend-bench-"));
  let close = async () => {};
  const end = async () => {
    await close();
    await rm(folder, { recursive: true, force: true });
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      console.error(`Ended by ${signal}.`);
      void end().finally(() => process.exit(130));
    });
  const begun = performance.now();
  const machine = machineNow();
  try {
    const bundles = await buildBundles(folder);
    const world = await openWorld(folder);
    close = world.close;
    const rows: Row[] = [];
    for (const { ids, measure } of suite.parts) {
      if (wanted.length > 0 && !ids.some((id) => wanted.includes(id))) continue;
      const from = performance.now();
      rows.push(...(await measure({ world, bundles, rounds }).catch((error) => notMeasured(ids, error))));
      console.error(`${ids.join(", ")}: ${Math.round((performance.now() - from) / 1_000)} s`);
    }
    rows.sort((one, other) => numberOf(one) - numberOf(other));
    const shownRows = wanted.length === 0 ? rows : rows.filter(({ id }) => wanted.includes(id));
    const tookSeconds = Math.round((performance.now() - begun) / 1_000);
    const results: Results = { machine, rounds, tookSeconds, rows: shownRows };
    console.log(
      `${describe(results.machine)}; ${rounds} rounds, ${tookSeconds} s\n\n${tableOf(shownRows)}\n`,
    );
    console.log(summaryOf(shownRows));
    await write(results, suite, isPublished);
  } finally {
    await end();
  }
}

/** A part that fails, as on a machine that is too busy, takes no other with it. */
function notMeasured(ids: readonly string[], error: Error): Row[] {
  process.exitCode = 1;
  const notes = [error.message.slice(0, 300)];
  return ids.map((id) => ({ id, what: "could not be measured", measures: [], notes }));
}

/** Beside the build; or, to be shown by the documents, beside this file. */
async function write(
  results: Results,
  { published, kept, hasCharts }: Suite,
  isPublished: boolean,
): Promise<void> {
  const folder = isPublished ? import.meta.dirname : resolve(import.meta.dirname, "../../.build");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, isPublished ? published : kept), `${JSON.stringify(results, null, 2)}\n`);
  if (isPublished && hasCharts) await writeCharts(results);
}

let options: ReturnType<typeof readOptions>;
try {
  options = readOptions();
} catch (error) {
  console.error(`${(error as Error).message} See npm run bench -- --help.`);
  process.exit(2);
}
if (options.isHelp) console.log(usage);
else await run(options);
