import type { IncomingMessage, RequestListener } from "node:http";
import type { HttpAnswer } from "../http.ts";
import type { ServerMetrics } from "./metrics.ts";

/**
 * What the system around the server asks: whether the process lives, whether it should get requests, and what it has counted. To
 * browsers on the machine itself it shows the operator's page.
 *
 * @example createServer(createStatus({ isReady: () => true, metrics, take: () => {} }))
 */
export function createStatus({
  isReady,
  metrics,
  take,
  page = async () => undefined,
}: {
  isReady(): boolean;
  metrics: ServerMetrics;
  /** Takes the readings of now, before they are told. */
  take(): void;
  page?: ((request: IncomingMessage) => Promise<HttpAnswer | undefined>) | undefined;
}): RequestListener {
  const paths: Record<string, () => [number, string]> = {
    "/healthz": () => [200, "ok\n"],
    "/readyz": () => (isReady() ? [200, "ready\n"] : [503, "not ready\n"]),
    "/metrics": () => {
      take();
      return [200, metrics.text()];
    },
  };
  return async (request, response) => {
    const shown = await page(request).catch(() => undefined);
    if (shown) {
      if (!request.complete) response.setHeader("Connection", "close");
      return void response.writeHead(shown.status, shown.headers).end(shown.body);
    }
    const isAsked = request.method === "GET" || request.method === "HEAD";
    const ask = isAsked && Object.hasOwn(paths, request.url ?? "") ? paths[request.url ?? ""] : undefined;
    const [status, text] = ask?.() ?? [404, "There is /healthz, /readyz and /metrics.\n"];
    const type = request.url === "/metrics" ? "text/plain; version=0.0.4; charset=utf-8" : "text/plain";
    response.writeHead(status, { "Content-Type": type, "Cache-Control": "no-store" }).end(text);
  };
}
