/** `npm run stampede [-- --table KIND --callers N --processes N --over-ms N SCENARIO …]`; see the README beside this. */
import { allScenarios } from "./all-scenarios.ts";
import { type Options, readOptions } from "./options.ts";
import { isBroken, reasonsOf, tableOf, verdictsOf } from "./report.ts";
import { type Row, stsLatencyMs } from "./scenario.ts";
import { openStage } from "./stage.ts";

let options: Options;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  console.error((error as Error).message);
  process.exit(2);
}
const unknown = options.scenarios.filter((name) => !allScenarios.some((scenario) => scenario.name === name));
if (unknown.length > 0) {
  const names = allScenarios.map(({ name }) => name).join(", ");
  console.error(`Unknown: ${unknown.join(", ")}. The scenarios are ${names}.`);
  process.exit(2);
}
const chosen = allScenarios.filter(
  ({ name }) => options.scenarios.length === 0 || options.scenarios.includes(name),
);

let close = async () => {};
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => close().finally(() => process.exit(130)));
}

const rows: Row[] = [];
try {
  const { table, callers, processes, paceMs } = options;
  console.log(`Starting ${callers} instances in ${processes} processes, on one table (${table}) …`);
  console.log(`Callers arrive within ${(paceMs * callers).toFixed(0)} ms unless a scenario says otherwise.`);
  const stage = await openStage(options, (closing) => {
    close = closing;
  });
  for (const scenario of chosen) {
    console.log(`${scenario.name} …`);
    await stage.sts.ask("meet", { latencyMs: stsLatencyMs });
    rows.push(...(await scenario.play(stage)));
  }
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await close();
}

console.log(`\n${tableOf(rows)}\n\n${verdictsOf(rows)}\n\n${reasonsOf(rows)}`);
if (isBroken(rows)) process.exitCode = 1;
