import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileConfig, readConfig } from "../../functions/config.ts";
import { authorize } from "../../shared/core/authorize.ts";
import type { Config } from "../../shared/core/config.ts";
import type { Grant } from "../../shared/core/grant.ts";
import { createProcesses } from "../stampede/own-process.ts";
import { alice, configOf, sampleGrant, sampleStorage } from "../vending/samples.ts";
import type { AnswerOperations } from "./answer-often.ts";
import type { Bundles } from "./bundles.ts";
import { exactly, type Measure, ratiosOf, spreadOf } from "./measure.ts";
import type { World } from "./world.ts";

const grantCounts = [10, 20_000, 100_000];
const decisions = 20_000;
const rowCounts = { few: 10, many: 100_000 };
/** More than an instance remembers. */
const scopes = 1_500;
/** As many as it remembers, nearly. */
const rememberedScopes = 900;
const [firstVends, allVends] = [200_000, 1_000_000];

/** B15, first part: a decision, and what a configuration costs a cold start, by the number of grants. */
export async function measureGrants(): Promise<Measure[]> {
  const folder = await mkdtemp(join(tmpdir(), "keyvend-bench-"));
  try {
    const measured = [];
    for (const size of grantCounts) measured.push(await measureConfig(folder, size));
    return [
      ...measured.map(
        ({ size, decisionMs }): Measure => ({
          says: `a decision, ${size.toLocaleString("en")} grants`,
          spread: exactly(decisionMs),
          unit: "ms",
          ...(size === grantCounts.at(-1) && { goal: { atMost: 0.2 } }),
        }),
      ),
      ...measured.map(
        ({ size, readMs }): Measure => ({
          says: `reading and indexing ${size.toLocaleString("en")} grants at a cold start`,
          spread: exactly(readMs),
          unit: "ms",
        }),
      ),
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function measureConfig(folder: string, size: number) {
  const grants = Array.from({ length: size }, (_, n) => literalGrant(n));
  const path = join(folder, "vending.json");
  await writeFile(path, compileConfig(configOf([sampleStorage("assume-role")], grants)));
  let config: Config | undefined;
  const readMs = processorMs(() => {
    config = readConfig(path);
  });
  const middle = Math.floor(size / 2);
  decideOften(config as Config, middle);
  const decidingMs = processorMs(() => decideOften(config as Config, middle));
  return { size, readMs, decisionMs: decidingMs / decisions };
}

function literalGrant(n: number): Grant {
  return sampleGrant({
    name: `team-${n}-writes`,
    subject: [`repo:acme/project-${n}:ref:refs/heads/main`],
    claims: { repository_id: [String(n)] },
    prefix: `teams/team-${n}/`,
  });
}

/** Milliseconds of the processor, with all that the work brings about in this process. */
function processorMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

function decideOften(config: Config, n: number): void {
  const subject = `repo:acme/project-${n}:ref:refs/heads/main`;
  const principal = { ...alice, subject, claims: { repository_id: String(n) } };
  for (let count = 0; count < decisions; count++)
    authorize(config, { principal, now: 0, sourceIp: undefined }, { storage: "lake" });
}

/** B15, second part: a table hit, by the number of rows beside it. */
export async function measureRows(
  world: World,
  { handlers, answerOften }: Bundles,
  rounds: number,
): Promise<Measure[]> {
  const processes = createProcesses();
  const one = processes.start<AnswerOperations>(answerOften, world.environment(), []);
  await one.ask("load", handlers.keyvend);
  const events = Array.from({ length: scopes }, (_, n) => world.event(`growth-${n}`));
  const hit = async () => (await one.ask("answer", events, scopes)).cpuUs;
  for (let n = 0; n < 4; n++) await hit();
  const times: Record<keyof typeof rowCounts, number[]> = { few: [], many: [] };
  for (const size of ["few", "many"] as const) {
    await world.backends.ask("fill", rowCounts[size]);
    for (let round = 0; round < rounds; round++) times[size].push(await hit());
  }
  await processes.endAll();
  const [few, many] = [rowCounts.few, rowCounts.many].map((count) => count.toLocaleString("en"));
  return [
    {
      says: `a table hit with ${many} more rows, against ${few}`,
      spread: ratiosOf(times.many, times.few),
      unit: "",
      goal: { atMost: 1.1 },
    },
    { says: `a table hit with ${many} more rows`, spread: spreadOf(times.many), unit: "µs" },
  ];
}

/** B15, third part: what an instance's memory has grown by after a million answers. */
export async function measureMemory(world: World, { handlers, answerOften }: Bundles): Promise<Measure[]> {
  const processes = createProcesses();
  const one = processes.start<AnswerOperations>(answerOften, world.environment(), ["--expose-gc"]);
  await one.ask("load", handlers.keyvend);
  const events = Array.from({ length: rememberedScopes }, (_, n) => world.event(`memory-${n}`));
  await one.ask("answer", events, firstVends);
  const before = await one.ask("heapMB");
  await one.ask("answer", events, allVends - firstVends);
  const after = await one.ask("heapMB");
  await processes.endAll();
  return [
    {
      says: `heap after ${allVends.toLocaleString("en")} vends, beyond that after ${firstVends.toLocaleString("en")}`,
      spread: exactly(after - before),
      unit: "MB",
      goal: { atMost: 1 },
    },
    { says: "heap", spread: exactly(after), unit: "MB" },
  ];
}
