import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { isLoopbackAddress } from "../../shared/core/ip-range.ts";
import type { ListenAt, ServerLimits, ServerSettings } from "../../shared/core/server-settings.ts";
import { plainAddress, proxyTest } from "./client-address.ts";
import type { ServerMetrics } from "./metrics.ts";
import type { KeyPem } from "./tls-files.ts";

/** How long an answer may take that has begun when the server is told to stop. */
const stopMs = 15_000;
/** Node.js itself leaves a second between the time that it tells callers and the end of an idle connection. */
const timeoutMarginSeconds = 2;
/** Connections that wait to be taken, while the process is busy or starts. */
const backlog = 4_096;

interface Listener {
  url: string;
  /** From now on, new connections get this certificate. */
  useCertificate(pem: KeyPem): void;
  /** Takes no more connections, and resolves when what has begun is answered. */
  stop(): Promise<void>;
}

type Bounds = Pick<
  ServerLimits,
  "connections" | "connectionsPerAddress" | "headerBytes" | "headerSeconds" | "requestSeconds" | "idleSeconds"
>;

/**
 * Listens for HTTP, or HTTPS with a certificate, within bounds: what is slow, silent, too many or too large is closed, before it
 * costs more than a connection. Without a certificate only loopback and the declared proxies are heard.
 *
 * @example const { url, stop } = await listen({ name: "listen", at, bounds, proxies: [], answer, metrics })
 */
export async function listen(options: {
  /** What the metric of open connections calls it. */
  name: "listen" | "status";
  at: ListenAt;
  bounds: Bounds;
  proxies: ServerSettings["proxies"];
  pem?: KeyPem | undefined;
  answer: RequestListener;
  metrics: ServerMetrics;
  /** Everybody is heard by plain HTTP: for what holds no secret. */
  isOpen?: boolean;
}): Promise<Listener> {
  const { at, bounds, proxies, pem, metrics, isOpen = false } = options;
  const http = {
    maxHeaderSize: bounds.headerBytes,
    headersTimeout: bounds.headerSeconds * 1_000,
    requestTimeout: bounds.requestSeconds * 1_000,
    keepAliveTimeout: bounds.idleSeconds * 1_000,
    connectionsCheckingInterval: 1_000,
  };
  const server = pem
    ? createHttpsServer({ ...http, ...pem, handshakeTimeout: bounds.headerSeconds * 1_000 })
    : createHttpServer(http);
  server.maxConnections = bounds.connections;
  // Also while an answer is not being read. After the time that callers are told: they leave a connection by then, and none asks on one that ends.
  server.timeout = (bounds.idleSeconds + timeoutMarginSeconds) * 1_000;
  let isStopping = false;

  const isProxyAddress = proxyTest(proxies);
  const perAddress = new Map<string, number>();
  let open = 0;
  const count = (more: number) => {
    open += more;
    metrics.set("connections", open, { at: options.name });
  };
  server.on("connection", (socket: Socket) => {
    count(1);
    socket.once("close", () => count(-1));
    const peer = plainAddress(socket.remoteAddress ?? "");
    const refuse = (reason: string) => {
      metrics.count("connections_refused", { reason });
      socket.destroy();
    };
    const isProxy = isProxyAddress(peer);
    if (!pem && !isOpen && !isProxy && !isLoopbackAddress(peer)) return refuse("plain");
    if (isProxy) return;
    const ofPeer = (perAddress.get(peer) ?? 0) + 1;
    if (ofPeer > bounds.connectionsPerAddress) return refuse("address");
    perAddress.set(peer, ofPeer);
    socket.once("close", () => {
      const left = (perAddress.get(peer) ?? 1) - 1;
      if (left > 0) perAddress.set(peer, left);
      else perAddress.delete(peer);
    });
  });
  server.on("drop", () => metrics.count("connections_refused", { reason: "all" }));
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    metrics.count("bad_requests", { reason: reasonOf(error) });
    if (socket.writable) socket.end(`HTTP/1.1 ${statusOf(error)}\r\nConnection: close\r\n\r\n`);
    else socket.destroy();
  });
  server.on("tlsClientError", (_, socket: Socket) => {
    metrics.count("bad_requests", { reason: "tls" });
    socket.destroy();
  });
  server.on("request", (request, response) => {
    if (isStopping) response.setHeader("Connection", "close");
    options.answer(request, response);
  });

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen("fd" in at ? at : { ...at, backlog }, () => resolve());
  });
  return {
    url: urlOf(server, pem ? "https" : "http"),
    useCertificate: (next) => "setSecureContext" in server && server.setSecureContext(next),
    async stop() {
      isStopping = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const late = setTimeout(() => server.closeAllConnections(), stopMs);
      await closed;
      clearTimeout(late);
    },
  };
}

function urlOf(server: Server, scheme: string): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `${scheme}://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

/** A closed set, for the metric. */
function reasonOf({ code }: NodeJS.ErrnoException): string {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return "slow";
  if (code === "HPE_HEADER_OVERFLOW") return "header";
  return "malformed";
}

function statusOf({ code }: NodeJS.ErrnoException): string {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return "408 Request Timeout";
  if (code === "HPE_HEADER_OVERFLOW") return "431 Request Header Fields Too Large";
  return "400 Bad Request";
}
