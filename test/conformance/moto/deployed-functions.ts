import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { unzip } from "../../journeys/unzip.ts";

interface FunctionProperties {
  Handler: string;
  Timeout: number;
  Environment: { Variables: Record<string, string> };
}

/** A line of a function's log. */
interface LogLine {
  /** Epoch milliseconds. */
  timestamp: number;
  message: string;
}

/** How a function ended. */
type FunctionEnd = { result: unknown } | { error: { errorType: string; errorMessage: string } };

/** The functions of a package, each an instance of its own. */
export interface DeployedFunctions {
  /** Logs by the function's whole name. */
  logs: ReadonlyMap<string, readonly LogLine[]>;
  has(name: string): boolean;
  invoke(name: string, event: unknown): Promise<FunctionEnd>;
  /** Ends the instances: the next event meets new ones, of what the folder holds by then. */
  renew(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Runs what is in the folder of a package, as it was deployed: each zip by itself, with the template's environment.
 *
 * @param environment what Lambda and the role give
 * @example const { invoke } = await startDeployedFunctions(join(clone, ".serverless"), environment)
 */
export function startDeployedFunctions(
  folder: string,
  environment: Readonly<Record<string, string>>,
): DeployedFunctions {
  const logs = new Map<string, LogLine[]>();
  const instances = new Map<string, Promise<ChildProcess>>();
  let functions: Map<string, FunctionProperties> | undefined;

  async function properties(): Promise<Map<string, FunctionProperties>> {
    const text = await readFile(join(folder, "cloudformation-template-update-stack.json"), "utf8");
    const resources: { Type: string; Properties: FunctionProperties & { FunctionName: string } }[] =
      Object.values(JSON.parse(text).Resources);
    const found = resources.filter(({ Type }) => Type === "AWS::Lambda::Function");
    return new Map(found.map(({ Properties }) => [Properties.FunctionName, Properties]));
  }

  async function start(name: string): Promise<ChildProcess> {
    functions ??= await properties();
    const { Handler, Environment } = functions.get(name) ?? {};
    if (Handler === undefined) throw new Error(`There is no function ${name}.`);
    // Serverless empties its folder.
    const place = join(folder, "../../instances", name);
    await rm(place, { recursive: true, force: true });
    for (const [path, content] of unzip(await readFile(join(folder, `${name.split("-").at(-1)}.zip`)))) {
      await mkdir(dirname(join(place, path)), { recursive: true });
      await writeFile(join(place, path), content);
    }
    const child = fork(
      join(import.meta.dirname, "function-process.ts"),
      [join(place, Handler.replace(/\.handler$/, ".mjs"))],
      {
        cwd: place,
        stdio: ["ignore", "pipe", "inherit", "ipc"],
        env: {
          FUNCTION_ARN: `arn:aws:lambda:${environment["AWS_REGION"]}:123456789012:function:${name}`,
          ...environment,
          ...Environment?.Variables,
        },
      },
    );
    const log = logs.get(name) ?? [];
    logs.set(name, log);
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      for (const message of text.split("\n").filter(Boolean)) log.push({ timestamp: Date.now(), message });
    });
    return child;
  }

  async function end(): Promise<void> {
    for (const starting of instances.values()) {
      const child = await starting.catch(() => undefined);
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) continue;
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
    }
    instances.clear();
    functions = undefined;
  }

  return {
    logs,
    has: (name) => functions?.has(name) ?? false,
    async invoke(name, event) {
      const starting = instances.get(name) ?? start(name);
      instances.set(name, starting);
      const child = await starting;
      const id = randomUUID();
      const timeMs = (functions?.get(name)?.Timeout ?? 10) * 1_000;
      return new Promise((resolve, reject) => {
        const listen = (message: { id: string } & FunctionEnd) => {
          if (message.id !== id) return;
          child.off("message", listen).off("exit", ended);
          resolve(message);
        };
        const ended = () => reject(new Error(`${name} ended: ${logs.get(name)?.at(-1)?.message}`));
        child.on("message", listen).on("exit", ended);
        child.send({ id, event, timeMs });
      });
    },
    renew: end,
    close: end,
  };
}
