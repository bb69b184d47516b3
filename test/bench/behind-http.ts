/**
 * A handler behind node:http, in the fewest lines that do it: what a team would put around its function. Without a handler it
 * answers with so many bytes, which any server would have to do. It becomes a file of JavaScript before it runs.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { answerCoordinator } from "../stampede/own-process.ts";

type Handler = (
  event: object,
  context: object,
) => Promise<{ statusCode: number; headers?: Record<string, string>; body: string }>;

const context = {
  awsRequestId: "8a0b6a31-6b5b-4f0e-a3c1-3a1d6f9d2f77",
  getRemainingTimeInMillis: () => 10_000,
};

const operations = {
  /** Listens; the address. */
  async listen(bundle: string | undefined, storage: string, bytes: number): Promise<string> {
    const body = "x".repeat(bytes);
    const { handler }: { handler: Handler } =
      bundle === undefined ? { handler: async () => ({ statusCode: 200, body }) } : await import(bundle);
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
