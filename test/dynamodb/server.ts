import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { CallFailed } from "../../shared/aws/call-failed.ts";
import { createSimulatedDynamodb, type SimulatedDynamodb, throttled } from "./simulated-dynamodb.ts";

interface SimulatedDynamodbServer {
  url: string;
  /** The delay of each answer, in milliseconds. May be changed at any time. */
  delayMs: number;
  /** The share of actions that are throttled, evenly spread: from 0 to 1. May be changed at any time. */
  throttledShare: number;
  items: SimulatedDynamodb["items"];
  close(): Promise<void>;
}

/**
 * The simulation on loopback, in DynamoDB's wire shape. It does not verify signatures: the stampede sends it a thousand
 * callers at once, and the cost of verifying would be part of the measured times.
 *
 * @example
 * const dynamodb = await startSimulatedDynamodb({ port: 0, tableName: "keyvend-test" });
 * dynamodb.throttledShare = 0.5;
 */
export async function startSimulatedDynamodb(options: {
  port: number;
  tableName: string;
}): Promise<SimulatedDynamodbServer> {
  const { call, faults, items } = createSimulatedDynamodb(options.tableName);
  let owed = 0;
  faults.before = (action) => {
    owed += simulated.throttledShare;
    if (owed < 1) return;
    owed -= 1;
    throw throttled(action);
  };

  const server = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
    try {
      const [, action = ""] = `${request.headers["x-amz-target"]}`.split(".");
      const input: object = JSON.parse(await text(request));
      if (simulated.delayMs > 0) await sleep(simulated.delayMs);
      answer(response, 200, await call<object>(action, input));
    } catch (error) {
      answerError(response, error);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    // A thousand connect at the same moment.
    server.listen({ port: options.port, host: "127.0.0.1", backlog: 4_096 }, resolve);
  });

  const simulated: SimulatedDynamodbServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    delayMs: 0,
    throttledShare: 0,
    items,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return simulated;
}

function answerError(response: ServerResponse, error: unknown): void {
  if (error instanceof CallFailed) {
    const { type, status = 500, cause } = error;
    const message = cause instanceof Error ? cause.message : type;
    answer(response, status, { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message });
  } else {
    const __type = "com.amazon.coral.service#SerializationException";
    answer(response, 400, { __type, message: "The request is no JSON." });
  }
}

function answer(response: ServerResponse, status: number, content: object): void {
  const body = JSON.stringify(content);
  response.writeHead(status, {
    "content-type": "application/x-amz-json-1.0",
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}
