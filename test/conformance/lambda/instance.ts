import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type RuntimeApi, startRuntimeApi } from "./runtime-api.ts";
import { ensureRuntimeClient } from "./runtime-client.ts";

/** A function as the template gives it to Lambda, unpacked. */
export interface PackagedFunction {
  FunctionName: string;
  Handler: string;
  MemorySize: number;
  Environment: { Variables: Record<string, string> };
  LoggingConfig: { LogFormat: string; ApplicationLogLevel: string };
  /** The folder of its zip's files. */
  folder: string;
}

/** One instance of a function, under Amazon's own runtime interface client. */
export interface Instance extends Pick<RuntimeApi, "invoke" | "failedInit"> {
  /** What it wrote to its log. */
  log: string[];
  close(): Promise<void>;
}

/**
 * Starts an instance as Lambda does: in the folder of its zip, with what the template and Lambda put into the environment, and nothing of
 * this process.
 *
 * @param environment where AWS's services are, and the credentials of the function's role
 * @example const { invoke } = await startInstance(vend, environment); await invoke(event, 10_000)
 */
export async function startInstance(
  packaged: PackagedFunction,
  environment: Readonly<Record<string, string>>,
): Promise<Instance> {
  const { FunctionName, Handler, MemorySize, Environment, LoggingConfig, folder } = packaged;
  const client = await ensureRuntimeClient();
  const api = await startRuntimeApi(`arn:aws:lambda:us-east-1:123456789012:function:${FunctionName}`);
  const child = spawn(process.execPath, [client, Handler], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...environment,
      ...Environment.Variables,
      AWS_LAMBDA_RUNTIME_API: api.address,
      AWS_LAMBDA_FUNCTION_NAME: FunctionName,
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(MemorySize),
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${FunctionName}`,
      AWS_LAMBDA_LOG_STREAM_NAME: "2026/11/27/[$LATEST]0123456789abcdef0123456789abcdef",
      AWS_LAMBDA_LOG_FORMAT: LoggingConfig.LogFormat,
      AWS_LAMBDA_LOG_LEVEL: LoggingConfig.ApplicationLogLevel,
      AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
      LAMBDA_TASK_ROOT: folder,
      _HANDLER: Handler,
      TZ: ":UTC",
    },
  });
  const log: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => log.push(...text.split("\n").filter(Boolean)));
  return { invoke: api.invoke, failedInit: api.failedInit, log, close: () => stop(child, api) };
}

async function stop(child: ChildProcess, api: RuntimeApi): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exit = once(child, "exit");
    child.kill("SIGKILL");
    await exit;
  }
  await api.close();
}
