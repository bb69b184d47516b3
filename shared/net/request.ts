import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from "node:http";
import * as https from "node:https";
import { staysPrivate } from "./loopback.ts";

export interface BoundedRequest {
  method: "GET" | "POST";
  /** `https`, or `http` to a loopback host. */
  url: string | URL;
  headers?: Readonly<Record<string, string | number>>;
  body?: string | Uint8Array;
  /** For everything together: from resolving, connecting and sending to the last byte of the answer. */
  timeoutMs: number;
  /** The most bytes that the answer's body may have. */
  maxBytes: number;
  /** The request may be sent again if a kept connection turns out to be closed. Default: yes for GET. */
  idempotent?: boolean;
  signal?: AbortSignal;
  /** Makes the TLS connections. Default: an agent that connects to any address and keeps its connections. */
  agent?: https.Agent;
}

export interface BoundedResponse {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

type RequestFailure = "timeout" | "too_large" | "aborted" | "insecure" | "network";

/**
 * No answer came. The error names the origin and a system error code, and nothing more. Node's own errors can carry data
 * that was sent or received (`rawPacket`), so they are not kept as the cause.
 */
export class RequestFailed extends Error {
  override readonly name = "RequestFailed";
  readonly reason: RequestFailure;
  /** Node's or OpenSSL's code, for example `ECONNREFUSED`. */
  readonly code: string | undefined;

  constructor(origin: string, reason: RequestFailure, code?: string) {
    super(`${origin}: ${reason}${code === undefined ? "" : ` (${code})`}`);
    this.reason = reason;
    this.code = code;
  }
}

const keptTls = new https.Agent({ keepAlive: true });

// An import of node:http from an ES module loads undici, which costs 25–30 ms of a cold start (nodejs/node#57649).
let plain: { request: typeof https.request; agent: https.Agent } | undefined;
function plainTransport() {
  if (plain === undefined) {
    const http = process.getBuiltinModule("node:http");
    plain = { request: http.request, agent: new http.Agent({ keepAlive: true }) as https.Agent };
  }
  return plain;
}

/**
 * Makes one HTTP exchange with a bound on everything: time, size, and where it goes. A redirect is an answer and is not
 * followed. Connections are kept and reused. Any status is an answer; throws `RequestFailed` if no answer comes.
 *
 * @example
 * const { status, body } = await request({ method: "GET", url, timeoutMs: 2_000, maxBytes: 65_536 });
 */
export async function request(options: BoundedRequest): Promise<BoundedResponse> {
  const url = typeof options.url === "string" ? new URL(options.url) : options.url;
  if (!staysPrivate(url)) throw new RequestFailed(url.origin, "insecure");
  if (options.signal?.aborted) throw new RequestFailed(url.origin, "aborted");
  const { method, headers = {}, body, maxBytes, signal, agent = keptTls } = options;
  const transport = url.protocol === "https:" ? { request: https.request, agent } : plainTransport();
  const maySendAgain = options.idempotent ?? method === "GET";

  return new Promise((resolve, reject) => {
    let sent: ClientRequest | undefined;
    let settled = false;

    const settle = () => {
      settled = true;
      clearTimeout(deadline);
      signal?.removeEventListener("abort", abort);
    };
    const fail = (reason: RequestFailure, code?: string) => {
      if (settled) return;
      settle();
      sent?.destroy();
      reject(new RequestFailed(url.origin, reason, code));
    };
    const abort = () => fail("aborted");

    const receive = (response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxBytes) fail("too_large");
        else chunks.push(chunk);
      });
      response.on("error", (error: NodeJS.ErrnoException) => fail("network", error.code));
      response.on("end", () => {
        if (settled) return;
        settle();
        const text = Buffer.concat(chunks, size).toString("utf8");
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
    };
    const send = () => {
      const attempt = transport.request(url, { method, headers, agent: transport.agent }, receive);
      attempt.on("error", (error: NodeJS.ErrnoException) => {
        // The other end has closed a kept connection meanwhile, for example while a Lambda instance was frozen. The
        // connection has left the pool by now, so the repeats end at a fresh connection.
        const stale = attempt.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE");
        if (stale && maySendAgain && !settled) send();
        else fail("network", error.code);
      });
      sent = attempt;
      attempt.end(body);
    };

    send();
    // If an answer has arrived already, it counts, even if this process was too busy, or frozen, to read it in time.
    const deadline = setTimeout(() => setImmediate(fail, "timeout"), options.timeoutMs);
    signal?.addEventListener("abort", abort, { once: true });
  });
}
