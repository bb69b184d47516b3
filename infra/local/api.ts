import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { buildConfig, buildFunctions } from "../build.ts";
import { buildServer } from "../server/build.ts";
import type { Backends } from "./backends.ts";
import type { LocalPorts } from "./ports.ts";

const root = resolve(import.meta.dirname, "../..");
/** Long enough for a busy machine, so that only a start that hangs is ended. */
const readyMs = 600_000;

export interface LocalApi {
  url: string;
  close(): Promise<void>;
}

/**
 * Starts the API itself: the deployment's own bundles behind serverless-offline, from the same `serverless.yml`.
 *
 * @throws Error if the API does not start. The message has the last lines of its output.
 * @example const { url } = await startApi(ports, backends, console.log)
 */
export async function startApi(
  ports: LocalPorts,
  backends: Pick<Backends, "vending" | "environment">,
  log: (line: string) => void,
): Promise<LocalApi> {
  if (process.env["KEYVEND_DOOR"] === "server") return startServer(ports, backends, log);
  // The folder that `serverless.yml` names for the stage `local`. Each emulation has its own, since two may run at
  // once.
  const outDir = `.local/${ports.api}`;
  await buildFunctions({ outDir });
  await buildConfig({ outDir, document: backends.vending, stage: "local" });
  const child = spawn(
    process.execPath,
    [
      ...[
        "cors-of-api-gateway.ts",
        "request-ids-of-api-gateway.ts",
        "page-of-emulation.ts",
        "end-with-parent.ts",
      ].map((name) => `--import=${pathToFileURL(join(import.meta.dirname, name))}`),
      ...[join(root, "node_modules/.bin/serverless"), "offline", "--stage", "local"],
    ],
    {
      cwd: root,
      // A clean environment: the API must not use a developer's own AWS profile or keys.
      env: {
        PATH: process.env["PATH"],
        HOME: process.env["HOME"],
        ...backends.environment,
        KEYVEND_PORT: String(ports.api),
        KEYVEND_DEPLOYMENT: join(root, outDir, "deployment.json"),
        KEYVEND_LAMBDA_PORT: String(ports.lambda),
        SLS_TELEMETRY_DISABLED: "1",
        SLS_NOTIFICATIONS_MODE: "off",
      },
      stdio: ["pipe", "pipe", "pipe"],
      // In a process group of its own: Ctrl-C must reach it only through this process, which stops things in order.
      detached: true,
    },
  );
  return untilReady(child, `http://127.0.0.1:${ports.api}`, log);
}

/**
 * Starts the server in place of the functions, by the same configuration, with the same table and secrets: what is true of one door
 * can so be seen to be true of the other. The variable `KEYVEND_TABLE` may say `memory`.
 */
async function startServer(
  ports: LocalPorts,
  { vending, environment }: Pick<Backends, "vending" | "environment">,
  log: (line: string) => void,
): Promise<LocalApi> {
  const outDir = `.local/${ports.api}`;
  await buildServer({ outDir });
  const config = join(root, outDir, "vending.yml");
  const server = {
    listen: `127.0.0.1:${ports.api}`,
    status: "127.0.0.1:0",
    table: process.env["KEYVEND_TABLE"] ?? environment["VENDING_TABLE"],
    stage: "local",
    // One machine is all of its callers.
    limits: { requestsPerAddress: 10_000, requestsPerPrincipal: 10_000 },
  };
  await writeFile(config, JSON.stringify({ ...vending, server }));
  const endWithParent = pathToFileURL(join(import.meta.dirname, "end-with-parent.ts"));
  const child = spawn(
    process.execPath,
    [`--import=${endWithParent}`, join(root, outDir, "serve/serve.mjs"), "--config", config],
    {
      env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...environment },
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    },
  );
  return untilReady(child, `http://127.0.0.1:${ports.api}`, log);
}

async function untilReady(child: ChildProcess, url: string, log: (line: string) => void): Promise<LocalApi> {
  const lastOutput = followOutput(child, log);
  const close = () => stop(child);
  try {
    await waitUntilReady(child, url);
  } catch (error) {
    await close();
    throw new Error(`${(error as Error).message}\n${lastOutput()}`);
  }
  return { url, close };
}

/**
 * Invokes a function of a running emulation directly, as its schedule would, and returns the function's result.
 *
 * @example await invoke(localPorts(4_100).lambda, "warm", { aheadSeconds: 3_600 })
 */
export async function invoke(lambdaPort: number, functionName: string, event: object): Promise<unknown> {
  const path = `/2015-03-31/functions/keyvend-local-${functionName}/invocations`;
  const response = await fetch(`http://127.0.0.1:${lambdaPort}${path}`, {
    method: "POST",
    body: JSON.stringify(event),
  });
  const text = await response.text();
  if (!response.ok || response.headers.has("x-amzn-errortype"))
    throw new Error(`${functionName} answered ${response.status}: ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

/** The API is ready when the function itself refuses a request that has no token. */
async function waitUntilReady(child: ChildProcess, url: string): Promise<void> {
  const deadline = Date.now() + readyMs;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error("The API did not start.");
    const status = await fetch(`${url}/v1/storages`, { signal: AbortSignal.timeout(5_000) }).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 401) return;
    await sleep(100);
  }
  throw new Error("The API did not answer in time.");
}

/** Passes each line of output to the log. Returns a function that gives the last lines, for an error. */
function followOutput(child: ChildProcess, log: (line: string) => void): () => string {
  const lastLines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      for (const line of text.split("\n").filter((each) => each.trim() !== "")) {
        lastLines.push(line);
        if (lastLines.length > 40) lastLines.shift();
        log(line);
      }
    });
  }
  return () => lastLines.join("\n");
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  const late = sleep(3_000, "late", { ref: false });
  if ((await Promise.race([exit, late])) === "late") child.kill("SIGKILL");
  await exit;
}
