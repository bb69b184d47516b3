/**
 * The one table, in a process of its own. For every kind of table, this server stands in front: it counts the calls, and
 * answers some of them as an overloaded table would.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { answerCoordinator } from "./own-process.ts";
import { type OpenTable, openTable, type RawAnswer, type TableKind } from "./tables.ts";

const throttled: RawAnswer = {
  status: 400,
  body: JSON.stringify({
    __type: "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
    message: "The level of configured provisioned throughput for the table was exceeded.",
  }),
};

let table: OpenTable | undefined;
let calls = 0;
let throttledShare = 0;
let port = 0;

const server = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
  calls += 1;
  const body = await text(request);
  const isRefused = table === undefined || Math.random() < throttledShare;
  const answer = isRefused ? throttled : await table?.answer(String(request.headers["x-amz-target"]), body);
  response.writeHead(answer?.status ?? 500, { "content-type": "application/x-amz-json-1.0" });
  response.end(answer?.body);
});

async function listen(): Promise<string> {
  // A thousand connect at the same moment.
  server.listen({ port, host: "127.0.0.1", backlog: 4_096 });
  await once(server, "listening");
  ({ port } = server.address() as AddressInfo);
  return `http://127.0.0.1:${port}`;
}

const operations = {
  async open(kind: TableKind, tableName: string): Promise<string> {
    table = await openTable(kind, tableName);
    return listen();
  },
  /** The own address of the table, if it has one: there calls are not counted and meet no faults, and cost no time here. */
  direct: () => table?.url ?? `http://127.0.0.1:${port}`,
  up: listen,
  /** From now on it refuses connections, and it cuts those that stand. */
  down(): void {
    server.close();
    server.closeAllConnections();
  },
  /** Sets the share of calls, 0 to 1, that are refused for load. */
  throttle(share: number): void {
    throttledShare = share;
  },
  /** The number of calls since the last count. */
  count(): number {
    const counted = calls;
    calls = 0;
    return counted;
  },
};

export type TableOperations = typeof operations;
answerCoordinator(operations);
