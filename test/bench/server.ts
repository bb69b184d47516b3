import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { join, relative, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { buildServer } from "../../infra/server/build.ts";
import { freePort } from "../conformance/free-port.ts";
import { createProcesses } from "../stampede/own-process.ts";
import type { BehindHttpOperations } from "./behind-http.ts";
import type { Bundles } from "./bundles.ts";
import { type Row, ratiosOf, spreadOf } from "./measure.ts";
import { untilReady } from "./until-ready.ts";
import type { World } from "./world.ts";

const [requests, warmUps] = [4_000, 6_000];
/** Callers that ask one after the other, on a connection each. */
const callers = 16;
const project = resolve(import.meta.dirname, "../..");

/** A server whose processor time is measured. */
interface Subject {
  url: string;
  cpuUs(): Promise<number>;
}

/**
 * B17: what an answer of a server costs, over HTTP and with a session in memory. The floor is node:http with a handler that hashes
 * the token, writes a line and answers, which is part of each.
 */
export async function measureServer(
  world: World,
  { handlers, behindHttp }: Bundles,
  rounds: number,
): Promise<Row> {
  const processes = createProcesses();
  const environment = world.environment();
  const agent = new Agent({ keepAlive: true, maxSockets: callers });
  const { path, headers } = world.request("server");
  const own = await startServer(world);

  async function behind(bundle: string | undefined, bytes: number): Promise<Subject> {
    const run = processes.start<BehindHttpOperations>(behindHttp, environment, []);
    return { url: await run.ask("listen", bundle, world.storage, bytes), cpuUs: () => run.ask("cpuUs") };
  }

  async function ask({ url }: Subject): Promise<string> {
    const response = await new Promise<import("node:http").IncomingMessage>((answered, failed) =>
      request(url + path, { agent, headers }, answered)
        .on("error", failed)
        .end(),
    );
    const body = await text(response);
    if (response.statusCode !== 200) throw new Error(body);
    return body;
  }

  async function costOf(subject: Subject, times: number): Promise<number> {
    const before = await subject.cpuUs();
    let begun = 0;
    const caller = async () => {
      while (begun++ < times) await ask(subject);
    };
    await Promise.all(Array.from({ length: callers }, caller));
    return ((await subject.cpuUs()) - before) / times;
  }

  try {
    const bytes = (await ask(own)).length;
    const subjects = {
      keyvend: own,
      conventional: await behind(handlers.conventional, 0),
      least: await behind(undefined, bytes),
    };
    const cost = { keyvend: [] as number[], conventional: [] as number[], least: [] as number[] };
    const names = ["keyvend", "conventional", "least"] as const;
    for (const name of names) await costOf(subjects[name], warmUps);
    for (let round = 0; round < rounds; round++)
      for (const name of names) cost[name].push(await costOf(subjects[name], requests));
    return {
      id: "B17",
      what: "the server, answers per second and core",
      measures: [
        {
          says: "against conventional behind node:http",
          spread: ratiosOf(cost.conventional, cost.keyvend),
          unit: "",
          goal: { atLeast: 4 },
          floor: ratiosOf(cost.conventional, cost.least),
        },
        { says: "the server", spread: spreadOf(cost.keyvend), unit: "µs" },
        { says: "conventional behind node:http", spread: spreadOf(cost.conventional), unit: "µs" },
        { says: "node:http with a hash and a line", spread: spreadOf(cost.least), unit: "µs" },
      ],
    };
  } finally {
    agent.destroy();
    own.end();
    await processes.endAll();
  }
}

/** The server as it is built, on the table and the secrets of the functions. */
export async function startServer({ folder, document, settings, environment }: World) {
  await buildServer({ outDir: relative(project, folder) });
  const config = join(folder, "serve.yml");
  // All callers have one address here.
  const limits = {
    requestsPerAddress: 100_000,
    requestsPerPrincipal: 100_000,
    connectionsPerAddress: 4_096,
  };
  const [listen, status] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const server = { listen, status, ...settings, limits };
  await writeFile(config, JSON.stringify({ ...document, server }));
  const child = spawn(process.execPath, [join(folder, "serve/serve.mjs"), "--config", config], {
    env: { ...process.env, ...environment() },
    // Its lines go where the other subjects' go.
    stdio: ["ignore", "ignore", "inherit"],
  });
  await untilReady("The server", child, `http://${status}/readyz`);
  return {
    url: `http://${listen}`,
    async cpuUs() {
      const metrics = await (await fetch(`http://${status}/metrics`)).text();
      return Number(/^keyvend_process_cpu_seconds (.+)$/m.exec(metrics)?.[1]) * 1_000_000;
    },
    end: () => void child.kill("SIGKILL"),
  };
}
