/**
 * A handler behind node:http, in the fewest lines that do it: what a team would put around its function. Without a handler it does
 * what any server has to do that knows its callers and keeps a trail: it hashes the token, writes a line and answers with so many
 * bytes. It becomes a file of JavaScript before it runs.
 */
import { hash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { answerCoordinator } from "../stampede/own-process.ts";

interface HttpEvent {
  headers: { authorization?: string | undefined };
}

type Handler = (
  event: HttpEvent,
  context: object,
) => Promise<{ statusCode: number; headers?: Record<string, string>; body: string }>;

const context = {
  awsRequestId: "8a0b6a31-6b5b-4f0e-a3c1-3a1d6f9d2f77",
  getRemainingTimeInMillis: () => 10_000,
};

/** How long a line of the server's log is for an answer from memory. */
const lineBytes = 737;

/** What no server can do without: it verifies nothing and decides nothing. */
function leastHandler(bytes: number): Handler {
  const body = "x".repeat(bytes);
  return async ({ headers: { authorization = "" } }) => {
    const known = hash("sha256", authorization);
    process.stdout.write(`${known.padEnd(lineBytes - 1, "x")}\n`);
    return { statusCode: 200, body };
  };
}

const operations = {
  /** Listens; the address. */
  async listen(bundle: string | undefined, storage: string, bytes: number): Promise<string> {
    const { handler }: { handler: Handler } =
      bundle === undefined ? { handler: leastHandler(bytes) } : await import(bundle);
    const server = createServer(async ({ method, url = "", headers, socket }, response) => {
      const [rawPath, rawQueryString = ""] = url.split("?");
      const event = {
        ...{ version: "2.0", rawPath, rawQueryString, headers, pathParameters: { storage } },
        requestContext: { http: { method, path: rawPath, sourceIp: socket.remoteAddress } },
      };
      const answer = await handler(event, context);
      response.writeHead(answer.statusCode, { ...answer.headers, "content-length": answer.body.length });
      response.end(answer.body);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },

  /** Processor time since the start, in microseconds. */
  cpuUs(): number {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
};

export type BehindHttpOperations = typeof operations;
answerCoordinator(operations);
