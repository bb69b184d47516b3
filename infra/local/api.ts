import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildConfig, buildFunctions } from "../build.ts";
import type { Backends } from "./backends.ts";
import type { LocalPorts } from "./ports.ts";

const root = resolve(import.meta.dirname, "../..");
/** Ends a start that hangs, and none that a busy machine lets wait. */
const readyMs = 600_000;

export interface LocalApi {
  url: string;
  close(): Promise<void>;
}

/**
 * The API itself: the deployment's own bundles behind serverless-offline, from the same `serverless.yml`.
 *
 * @throws Error when it does not come up, with what it said.
 * @example const { url } = await startApi(ports, backends, console.log)
 */
export async function startApi(
  ports: LocalPorts,
  backends: Pick<Backends, "vending" | "environment">,
  log: (line: string) => void,
): Promise<LocalApi> {
  // As `serverless.yml` has it for the stage `local`: of each emulation its own, since two may run from one checkout.
  const outDir = `.local/${ports.api}`;
  await buildFunctions({ outDir });
  await buildConfig({ outDir, document: backends.vending });
  const child = spawn(
    process.execPath,
    [join(root, "node_modules/.bin/serverless"), "offline", "--stage", "local"],
    {
      cwd: root,
      // A clean environment: a developer's own AWS profile or keys have no business here.
      env: {
        PATH: process.env["PATH"],
        HOME: process.env["HOME"],
        ...backends.environment,
        KEYVEND_PORT: String(ports.api),
        KEYVEND_LAMBDA_PORT: String(ports.lambda),
        SLS_TELEMETRY_DISABLED: "1",
        SLS_NOTIFICATIONS_MODE: "off",
      },
      stdio: ["ignore", "pipe", "pipe"],
      // In a group of its own, so that Ctrl-C reaches it through us and in our order.
      detached: true,
    },
  );
  const said = collect(child, log);
  const url = `http://127.0.0.1:${ports.api}`;
  const close = () => stop(child);
  try {
    await ready(child, url);
  } catch (error) {
    await close();
    throw new Error(`${(error as Error).message}\n${said()}`);
  }
  return { url, close };
}

/**
 * Invokes a function of a running emulation directly, as its schedule would, and gives what it returns.
 *
 * @example await invoke(localPorts(4_100).lambda, "warm", { aheadSeconds: 3_600 })
 */
export async function invoke(
  lambdaPort: number,
  functionName: "vend" | "warm",
  event: object,
): Promise<unknown> {
  const path = `/2015-03-31/functions/keyvend-local-${functionName}/invocations`;
  const response = await fetch(`http://127.0.0.1:${lambdaPort}${path}`, {
    method: "POST",
    body: JSON.stringify(event),
  });
  if (!response.ok) throw new Error(`${functionName} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

/** Up means that the function itself answers: no token, no entry. */
async function ready(child: ChildProcess, url: string): Promise<void> {
  const patience = Date.now() + readyMs;
  while (Date.now() < patience) {
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

/** Passes lines on and keeps the last of them for an error. */
function collect(child: ChildProcess, log: (line: string) => void): () => string {
  const recent: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      for (const line of text.split("\n").filter((each) => each.trim() !== "")) {
        recent.push(line);
        if (recent.length > 40) recent.shift();
        log(line);
      }
    });
  }
  return () => recent.join("\n");
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const late = sleep(3_000, "late", { ref: false });
  if ((await Promise.race([ended, late])) === "late") child.kill("SIGKILL");
  await ended;
}
