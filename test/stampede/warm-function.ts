/**
 * Lambda's Invoke API on loopback, and behind it an instance of the bundled warm function, in a process of its own. An
 * event is answered at once and handled afterwards, as `InvocationType: Event` demands.
 */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Handler } from "aws-lambda";
import type { WarmReport } from "../../shared/vending/warm/warm-report.ts";
import { answerCoordinator } from "./own-process.ts";

/** As in `serverless.yml`. */
const timeoutMs = 120_000;

let handler: Handler<unknown, WarmReport> | undefined;
let invocations = 0;
process.stdout.write = () => true;

async function invoke(event: unknown): Promise<WarmReport> {
  if (handler === undefined) throw new Error("The warm function has not been started.");
  const ends = Date.now() + timeoutMs;
  const context = { awsRequestId: randomUUID(), getRemainingTimeInMillis: () => ends - Date.now() };
  return (await handler(event, context as never, () => {})) as WarmReport;
}

const server = createServer(async (request, response) => {
  const event: unknown = JSON.parse(await text(request));
  const wanted =
    request.method === "POST" &&
    /^\/2015-03-31\/functions\/[\w-]+\/invocations$/.test(request.url ?? "") &&
    request.headers["x-amz-invocation-type"] === "Event";
  response.writeHead(wanted ? 202 : 400).end();
  if (!wanted) return;
  invocations += 1;
  invoke(event).catch((error) => console.error("warm function:", error));
});

const operations = {
  /** Its URL. */
  async listen(): Promise<string> {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
  async start(bundle: string): Promise<void> {
    ({ handler } = await import(bundle));
  },
  /** Invokes it as the schedule does. Returns its report. */
  invoke,
  /** The number of invocations by the API since the last count. */
  count(): number {
    const counted = invocations;
    invocations = 0;
    return counted;
  },
};

export type WarmOperations = typeof operations;
answerCoordinator(operations);
