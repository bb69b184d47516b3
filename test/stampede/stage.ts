import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { buildConfig, buildFunctions } from "../../infra/build.ts";
import { parseConfig } from "../../infra/config/parse-config.ts";
import { startBackends } from "../../infra/local/backends.ts";
import { atMost } from "./at-most.ts";
import { createFleet, type Fleet } from "./fleet.ts";
import { copyBundle } from "./instances.ts";
import { createKeep, type Keep } from "./keep.ts";
import type { Options } from "./options.ts";
import { createProcesses, type OwnProcess } from "./own-process.ts";
import type { StsOperations } from "./sts-stand-in.ts";
import type { TableOperations } from "./table-server.ts";
import type { WarmOperations } from "./warm-function.ts";
import type { WorkerOperations } from "./worker.ts";
import { eventFor, vendingDocument } from "./world.ts";

/** All the parts that scenarios play on. */
export interface Stage {
  /** The number of callers in the fleet. */
  callers: number;
  sts: OwnProcess<StsOperations>;
  table: OwnProcess<TableOperations>;
  /** Two instances of the warm function; the first is the one that Lambda's API invokes. */
  warm: [OwnProcess<WarmOperations>, OwnProcess<WarmOperations>];
  keep: Keep;
  fleet: Fleet;
  /** A process of one caller that stands apart from the fleet. */
  startLoner(): Promise<OwnProcess<WorkerOperations>>;
  /** The request of a caller for a scope. */
  eventFor(scope: string): ReturnType<typeof eventFor>;
  close(): Promise<void>;
}

const anyPort = {
  ...{ api: 0, issuer: 0, dynamodb: 0, sts: 0, secretsManager: 0, s3: 0, lambda: 0, s3Ahead: 0, iam: 0 },
};

/**
 * Builds the functions, starts servers and fleet. Nothing is left when it fails.
 *
 * @param opened receives the function that ends all of it, as soon as there is anything to end.
 */
export async function openStage(
  { table: tableKind, callers, processes: count, paceMs }: Options,
  opened: (close: () => Promise<void>) => void,
): Promise<Stage> {
  const processes = createProcesses();
  const folder = await mkdtemp(join(tmpdir(), "keyvend-stampede-"));
  const endings = [() => rm(folder, { recursive: true, force: true }), processes.endAll];
  const close = async () => {
    for (let end = endings.pop(); end !== undefined; end = endings.pop()) await end();
  };
  opened(close);

  // The issuer and Secrets Manager run in this process: while callers are measured, no call goes to them.
  const backends = await startBackends(anyPort);
  endings.push(backends.close);
  const sts = processes.start<StsOperations>("sts-stand-in.ts");
  const table = processes.start<TableOperations>("table-server.ts", { TMPDIR: folder });
  const document = vendingDocument({ issuer: backends.issuer.url, sts: await sts.ask("up") });
  const { vend } = await buildFunctions({ outDir: folder });
  await buildConfig({ outDir: folder, document, stage: "local" });
  const environment: Record<string, string> = {
    ...backends.environment,
    AWS_ENDPOINT_URL_DYNAMODB: await table.ask(
      "open",
      tableKind,
      backends.environment["VENDING_TABLE"] ?? "",
    ),
    VENDING_CONFIG: join(folder, "vend/vending.json"),
    NODE_COMPILE_CACHE: join(folder, "compiled"),
  };
  const warmEnvironment = { ...environment, AWS_ENDPOINT_URL_DYNAMODB: await table.ask("direct") };
  const startWarm = () => processes.start<WarmOperations>("warm-function.ts", warmEnvironment);
  const warm: Stage["warm"] = [startWarm(), startWarm()];
  environment["AWS_ENDPOINT_URL_LAMBDA"] = await warm[0].ask("listen");
  environment["WARM_FUNCTION"] = "keyvend-warm";
  await Promise.all(warm.map((one) => one.ask("start", join(folder, "warm/warm.mjs"))));

  const sizes = Array.from({ length: count }, (_, n) => Math.floor((callers + n) / count));
  const { entries, libraries } = await copyBundle(folder, vend, Math.max(...sizes));
  const startWorker = async (size: number) => {
    const worker = processes.start<WorkerOperations>("worker.ts", environment);
    await worker.ask("start", entries.slice(0, size), libraries);
    return worker;
  };

  const token = await backends.issuer.token();
  const eventOf = (scope: string) => eventFor(scope, token);
  const keep = createKeep(parseConfig(document), environment);
  const workers = await atMost(availableParallelism(), sizes, startWorker);
  const fleet = createFleet({ workers, sizes, sts, table, keep, eventFor: eventOf, paceMs });
  return {
    ...{ callers, sts, table, warm, keep, fleet, close },
    startLoner: () => startWorker(1),
    eventFor: eventOf,
  };
}
