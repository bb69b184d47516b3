import { createProcesses, type OwnProcess } from "../stampede/own-process.ts";
import type { AnswerOperations } from "./answer-often.ts";
import type { Calls } from "./backends.ts";
import type { Bundles } from "./bundles.ts";
import { type Measure, type Row, ratiosOf, shown, spreadOf } from "./measure.ts";
import type { World } from "./world.ts";

const names = ["keyvend", "sdk", "conventional", "sample"] as const;
type Name = (typeof names)[number];
/** What no answer can do without; and for a miss one exchange, and the SDK's call to STS. */
const least = ["floor", "exchange", "sts"] as const;
type Least = (typeof least)[number];

/** More than an instance remembers, so that asking for them in turn is never answered from memory. */
const scopes = 1_500;
const [memoryHits, misses, warmUps] = [6_000, 400, 12_000];

/** B6 to B8: what a warm handler's answer costs. Each handler has a process of its own, and each round asks all of them. */
export async function measureAnswers(
  world: World,
  { handlers, answerOften }: Bundles,
  rounds: number,
): Promise<Row[]> {
  const processes = createProcesses();
  const environment = world.environment();
  const run = {} as Record<Name | Least, OwnProcess<AnswerOperations>>;
  for (const name of [...names, ...least]) {
    run[name] = processes.start<AnswerOperations>(answerOften, environment, []);
    await run[name].ask("load", handlers[name]);
  }
  const eventsOf = (name: Name | Least, count: number, kind: string) =>
    Array.from({ length: count }, (_, n) => world.event(`${name}-${kind}-${n}`));
  const cpuUs = async (name: Name | Least, events: object[], times: number) =>
    (await run[name].ask("answer", events, times)).cpuUs;

  const one = Object.fromEntries(names.map((name) => [name, eventsOf(name, 1, "memory")]));
  const many = Object.fromEntries(names.map((name) => [name, eventsOf(name, scopes, "table")]));
  for (const name of names) {
    await cpuUs(name, one[name] ?? [], name === "sample" ? misses : warmUps);
    // The first round issues, and the second marks each entry as used.
    if (name !== "sample") await cpuUs(name, many[name] ?? [], 2 * scopes);
  }
  const memory: Record<Name, number[]> = { keyvend: [], sdk: [], conventional: [], sample: [] };
  const table: typeof memory = { keyvend: [], sdk: [], conventional: [], sample: [] };
  const miss: typeof memory = { keyvend: [], sdk: [], conventional: [], sample: [] };
  for (let round = 0; round < rounds; round++) {
    for (const name of ["keyvend", "sdk", "conventional"] as const) {
      memory[name].push(await cpuUs(name, one[name] ?? [], memoryHits));
      table[name].push(await cpuUs(name, many[name] ?? [], scopes));
    }
    for (const name of names)
      miss[name].push(await cpuUs(name, eventsOf(name, misses, `miss-${round}`), misses));
  }

  const asked: Record<Least, object[]> = {
    floor: eventsOf("floor", scopes, "least"),
    exchange: eventsOf("exchange", 1, "least"),
    sts: eventsOf("sts", 1, "least"),
  };
  for (const name of least) await cpuUs(name, asked[name], 2 * scopes);
  await world.backends.ask("count");
  await cpuUs("keyvend", eventsOf("keyvend", misses, "counted"), misses);
  const exchanges = sumOf(await world.backends.ask("count")) / misses;
  const floor: number[] = [];
  const leastMiss: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const whole = await cpuUs("floor", asked.floor, scopes);
    const exchange = await cpuUs("exchange", asked.exchange, scopes);
    const bySdk = await cpuUs("sts", asked.sts, misses);
    floor.push(whole);
    // As many exchanges as a miss of ours has, since they keep a thousand callers from asking STS. The floor has one itself.
    leastMiss.push(whole + exchange * (exchanges - 2) + bySdk);
  }
  await processes.endAll();

  const each = (values: typeof memory, of: readonly Name[]): Measure[] =>
    of.map((name) => ({ says: name, spread: spreadOf(values[name]), unit: "µs" }));
  return [
    {
      id: "B6",
      what: "memory hit, answers per second and core",
      measures: [
        {
          says: "against conventional",
          spread: ratiosOf(memory.conventional, memory.keyvend),
          unit: "",
          goal: { atLeast: 4 },
        },
        ...each(memory, ["keyvend", "sdk", "conventional"]),
      ],
    },
    {
      id: "B7",
      what: "table hit, processor time of an answer",
      measures: [
        {
          says: "against sdk",
          spread: ratiosOf(table.keyvend, table.sdk),
          unit: "",
          goal: { atMost: 0.35 },
          floor: ratiosOf(floor, table.sdk),
        },
        ...each(table, ["keyvend", "sdk", "conventional"]),
        { says: "the floor: verify, sign, ask, open, write a line", spread: spreadOf(floor), unit: "µs" },
      ],
    },
    {
      id: "B8",
      what: "miss, processor time of an answer",
      measures: [
        {
          says: "against sample",
          spread: ratiosOf(miss.keyvend, miss.sample),
          unit: "",
          goal: { atMost: 0.15 },
          floor: ratiosOf(leastMiss, miss.sample),
        },
        ...each(miss, names),
        {
          says: `the floor, with ${shown(exchanges)} exchanges, one of them by the SDK`,
          spread: spreadOf(leastMiss),
          unit: "µs",
        },
      ],
    },
  ];
}

const sumOf = (calls: Calls) => Object.values(calls).reduce((sum, count) => sum + count, 0);
