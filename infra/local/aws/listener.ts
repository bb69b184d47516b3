import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { closeServer, listenOnLoopback } from "../loopback-server.ts";
import { AwsFault } from "./aws-fault.ts";

/** A request with its whole body. */
export interface ReceivedRequest {
  readonly method: string;
  /** As it was sent, with its percent-encoding, since signatures cover this form. */
  readonly path: string;
  /** Decoded once, for the signature and for the service, so that the service does exactly what was signed. */
  readonly query: URLSearchParams;
  /** By lower-case name. Repeated headers are joined by commas, as SigV4 joins them. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

export interface ServiceAnswer {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body?: string | Buffer;
}

/** The parts of a server that are particular to one of AWS's services. */
interface Service {
  /** The name in messages to the person at the terminal, for example `STS`. */
  readonly name: string;
  readonly maxBodyBytes: number;
  /** AWS's name for the action that a request asks for. Throws `AwsFault` if the action is unknown. */
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
  /** The number of calls to this action, or to all actions. Refused calls count. */
  calls(action?: string): number;
  /** A delay and a fault for every call, until a test sets them back. They show how clients bear trouble. */
  readonly trouble: { latencyMs: number; fault: "throttled" | "unavailable" | undefined };
  /** Stops at once and closes all connections. */
  close(): Promise<void>;
}

const unavailable = new AwsFault(503, "ServiceUnavailable", "The service is unavailable. Try again later.");
const internal = new AwsFault(500, "InternalFailure", "The stand-in failed. Its terminal shows the reason.");

export interface ListenOptions {
  /** 0, the default, stands for any free port. */
  port?: number;
  /** Epoch milliseconds. Answers have this time as their `Date`, by which an SDK corrects its clock after a refusal. */
  now?: () => number;
}

/**
 * Starts a service on 127.0.0.1. Rejects if the port is taken.
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
    // If the body was not read to its end, the connection still stands in the middle of the request.
    if (!incoming.complete) response.setHeader("connection", "close");
    response.writeHead(answer.status, {
      date: new Date(now()).toUTCString(),
      "x-amz-request-id": requestId,
      ...answer.headers,
    });
    response.end(answer.body);
  });
  const boundPort = await listenOnLoopback(server, port).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EADDRINUSE") throw error;
    const message = `Port ${port} on 127.0.0.1 is taken, so ${service.name} cannot start there. Choose another port.`;
    throw new Error(message);
  });

  return {
    url: `http://127.0.0.1:${boundPort}`,
    calls: (action) =>
      action === undefined ? [...counts.values()].reduce((sum, n) => sum + n, 0) : (counts.get(action) ?? 0),
    trouble,
    close: () => closeServer(server),
  };
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
