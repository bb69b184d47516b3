import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import { closeServer, listenOnLoopback } from "../../../infra/local/loopback-server.ts";

interface Invocation {
  id: string;
  event: unknown;
  deadline: number;
  functionArn: string;
  ended: PromiseWithResolvers<unknown>;
}

/** Lambda's Runtime API on loopback, for one instance of one function. */
export interface RuntimeApi {
  /** What the runtime finds in AWS_LAMBDA_RUNTIME_API. */
  address: string;
  /** Rejects with the error as the runtime reports it (`errorType`, `errorMessage`) when the function fails before its first event. */
  failedInit: Promise<never>;
  /**
   * Hands an event to the function, and gives what the function returns. Rejects in the same form if it throws.
   *
   * @param remainingMs what the function is told to have left
   */
  invoke(event: unknown, remainingMs: number): Promise<{ id: string; result: unknown }>;
  close(): Promise<void>;
}

/**
 * Starts Lambda's Runtime API, as AWS documents it: the next event, and an answer or an error for each.
 *
 * @example const api = await startRuntimeApi("arn:aws:lambda:us-east-1:123456789012:function:keyvend-local-vend")
 */
export async function startRuntimeApi(functionArn: string): Promise<RuntimeApi> {
  const waiting: Invocation[] = [];
  const underWay = new Map<string, Invocation>();
  /** The runtime has asked, and there was no event. */
  let asking: ServerResponse | undefined;
  const init = Promise.withResolvers<never>();
  init.promise.catch(() => undefined);

  function give(): void {
    const [next] = waiting;
    if (next === undefined || asking === undefined) return;
    waiting.shift();
    underWay.set(next.id, next);
    asking
      .writeHead(200, {
        "content-type": "application/json",
        "lambda-runtime-aws-request-id": next.id,
        "lambda-runtime-deadline-ms": String(next.deadline),
        "lambda-runtime-invoked-function-arn": next.functionArn,
        "lambda-runtime-trace-id":
          "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0",
      })
      .end(JSON.stringify(next.event));
    asking = undefined;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.replace("/2018-06-01/runtime/", "") ?? "";
    if (path === "invocation/next") {
      asking = response;
      give();
      return;
    }
    const content = await json(request);
    const [, id = "", end] = /^invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
    if (path === "init/error") init.reject(content);
    else if (end === "response") underWay.get(id)?.ended.resolve(content);
    else if (end === "error") underWay.get(id)?.ended.reject(content);
    else throw new Error(`The Runtime API has no ${request.method} ${request.url}`);
    response.writeHead(202).end("{}");
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => response.writeHead(400).end(error.message));
  });
  const port = await listenOnLoopback(server, 0);
  return {
    address: `127.0.0.1:${port}`,
    failedInit: init.promise,
    async invoke(event, remainingMs) {
      const id = randomUUID();
      const ended = Promise.withResolvers<unknown>();
      waiting.push({ id, event, deadline: Date.now() + remainingMs, functionArn, ended });
      give();
      return { id, result: await Promise.race([ended.promise, init.promise]) };
    },
    async close() {
      asking?.destroy();
      await closeServer(server);
    },
  };
}
