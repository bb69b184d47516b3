import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { AwsFault } from "./aws-fault.ts";

/** A request with its whole body. */
export interface ReceivedRequest {
  readonly method: string;
  /** As it was sent, percent-encoding untouched: signatures are over that. */
  readonly path: string;
  /** Decoded once, for the signature and for the service, so that what was signed is what is done. */
  readonly query: URLSearchParams;
  /** By lower-case name; repeated headers are joined by commas, as SigV4 joins them. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

export interface ServiceAnswer {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body?: string | Buffer;
}

/** One of AWS's services: what is particular to it behind a listener. */
interface Service {
  /** As it reads in messages to the person at the terminal: `STS`. */
  readonly name: string;
  readonly maxBodyBytes: number;
  /** What the request asks for, by AWS's name; throws `AwsFault` when that is nothing known. */
  actionOf(request: ReceivedRequest): string;
  answer(request: ReceivedRequest, action: string, requestId: string): Promise<ServiceAnswer>;
  refuse(fault: AwsFault, path: string, requestId: string): ServiceAnswer;
  readonly tooLarge: AwsFault;
  readonly throttled: AwsFault;
}

/** A running stand-in on loopback. */
export interface LocalServer {
  /** Without a trailing slash: `http://127.0.0.1:4566`. */
  readonly url: string;
  /** How often this action was asked for, or any action at all; refused calls count. */
  calls(action?: string): number;
  /** What every call suffers from until it is set back: for tests of how clients bear it. */
  readonly trouble: { latencyMs: number; fault: "throttled" | "unavailable" | undefined };
  /** Ends at once, connections included. */
  close(): Promise<void>;
}

const unavailable = new AwsFault(503, "ServiceUnavailable", "The service is unavailable. Try again later.");
const internal = new AwsFault(500, "InternalFailure", "The stand-in failed; its terminal says why.");

export interface ListenOptions {
  /** 0, the default, for any that is free. */
  port?: number;
  /** Epoch milliseconds; also the `Date` of answers, by which the SDKs set right a clock that was refused. */
  now?: () => number;
}

/**
 * Puts a service on 127.0.0.1. Rejects when the port is taken.
 *
 * @example const server = await listen(service, { port: 4566 })
 */
export async function listen(
  service: Service,
  { port = 0, now = Date.now }: ListenOptions,
): Promise<LocalServer> {
  const counts = new Map<string, number>();
  const trouble: LocalServer["trouble"] = { latencyMs: 0, fault: undefined };

  async function answerTo(
    incoming: IncomingMessage,
    path: string,
    requestId: string,
  ): Promise<ServiceAnswer> {
    try {
      const request = await receive(incoming, path, service);
      const action = service.actionOf(request);
      counts.set(action, (counts.get(action) ?? 0) + 1);
      if (trouble.latencyMs > 0) await sleep(trouble.latencyMs);
      if (trouble.fault !== undefined) throw trouble.fault === "throttled" ? service.throttled : unavailable;
      return await service.answer(request, action, requestId);
    } catch (error) {
      if (error instanceof AwsFault) return service.refuse(error, path, requestId);
      console.error(`${service.name} stand-in:`, error);
      return service.refuse(internal, path, requestId);
    }
  }

  const server = createServer(async (incoming, response) => {
    const requestId = randomUUID();
    const path = incoming.url?.split("?", 1)[0] ?? "/";
    const answer = await answerTo(incoming, path, requestId);
    // A body that was not read to its end leaves the connection in the middle of a request.
    if (!incoming.complete) response.setHeader("connection", "close");
    response.writeHead(answer.status, {
      date: new Date(now()).toUTCString(),
      "x-amz-request-id": requestId,
      ...answer.headers,
    });
    response.end(answer.body);
  });
  await bind(server, service.name, port);
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error(`${service.name} has no port.`);

  return {
    url: `http://127.0.0.1:${address.port}`,
    calls: (action) =>
      action === undefined ? [...counts.values()].reduce((sum, n) => sum + n, 0) : (counts.get(action) ?? 0),
    trouble,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function bind(server: Server, name: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = `Port ${port} on 127.0.0.1 is taken, so ${name} cannot start there. Choose another port.`;
      reject(error.code === "EADDRINUSE" ? new Error(taken) : error);
    });
    server.listen(port, "127.0.0.1", resolve);
  });
}

async function receive(incoming: IncomingMessage, path: string, service: Service): Promise<ReceivedRequest> {
  const headers = new Map<string, string>();
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    if (values !== undefined) headers.set(name, values.join(","));
  }
  return {
    method: incoming.method ?? "GET",
    path,
    query: new URLSearchParams(incoming.url?.slice(path.length)),
    headers,
    body: await bodyOf(incoming, service),
  };
}

async function bodyOf(incoming: IncomingMessage, service: Service): Promise<Buffer> {
  if (Number(incoming.headers["content-length"] ?? 0) > service.maxBodyBytes) throw service.tooLarge;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    length += chunk.length;
    if (length > service.maxBodyBytes) throw service.tooLarge;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
