/**
 * `npm run bench`: what a configuration costs a cold start, and what one decision costs, by the number of grants. Times are
 * processor time; compare them only within one run. The counts that hold for every machine are in
 * `test/core/grant-index.test.ts`.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { compileConfig, readConfig } from "../../functions/config.ts";
import { authorize } from "../../shared/core/authorize.ts";
import type { Config } from "../../shared/core/config.ts";
import type { Grant } from "../../shared/core/grant.ts";
import { alice, configOf, sampleGrant, sampleStorage } from "../vending/samples.ts";

const sizes = [1, 100, 10_000, 20_000, 100_000];
const decisions = 20_000;

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

async function measure(folder: string, size: number) {
  const grants = Array.from({ length: size }, (_, n) => literalGrant(n));
  const path = join(folder, "vending.json");
  const compiled = compileConfig(configOf([sampleStorage("assume-role")], grants));
  await writeFile(path, compiled);
  let config: Config | undefined;
  const startMs = processorMs(() => {
    config = readConfig(path);
  });
  const middle = Math.floor(size / 2);
  decideOften(config as Config, middle);
  const decidingMs = processorMs(() => decideOften(config as Config, middle));
  return {
    grants: size,
    "compiled, kB": Math.round(compiled.length / 1_000),
    "read and indexed, ms": Number(startMs.toFixed(1)),
    "one decision, µs": Number(((decidingMs / decisions) * 1_000).toFixed(1)),
  };
}

const folder = await mkdtemp(join(tmpdir(), "keyvend-bench-"));
const rows = [];
for (const size of sizes) rows.push(await measure(folder, size));
await rm(folder, { recursive: true });
console.log(`Node ${process.version}, ${cpus()[0]?.model ?? "unknown processor"}`);
console.table(rows);
