import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Config } from "../../shared/core/config.ts";
import { VendError } from "../../shared/core/errors.ts";
import type { ServerLimits } from "../../shared/core/server-settings.ts";
import type { Clock } from "../../shared/vending/ports.ts";
import type { App } from "../app.ts";
import { type HttpAnswer, type HttpRequest, problem } from "../http.ts";
import type { AddressLimit } from "./address-limit.ts";
import { bodyOf } from "./body.ts";
import { clientAddress, proxyTest } from "./client-address.ts";
import { corsHeaders } from "./cors.ts";
import type { ServerMetrics } from "./metrics.ts";

/** As on Lambda: a request is ended after so long, and the application plans for a second less. */
const mostMs = 10_000;
const reserveMs = 1_000;
/** The application takes no more of query and body together, and refuses what is longer. */
const mostBodyBytes = 65_536;

interface DoorParts {
  /** The application and the configuration as they are now, and whether a request has a token that is known. */
  current(): {
    app: App;
    config: Pick<Config, "corsOrigins">;
    isKnown(headers: HttpRequest["headers"]): boolean;
  };
  limits: Pick<ServerLimits, "requestsAtOnce">;
  ofAddress: Pick<AddressLimit, "take">;
  proxies: readonly string[];
  metrics: ServerMetrics;
  clock: Pick<Clock, "now">;
  newRequestId(): string;
}

/**
 * The door of the server: turns a request of node:http into the application's, and the answer back. It bounds what strangers may
 * use up; the application bounds the rest.
 *
 * @example createServer(createDoor({ current, limits, ofAddress, proxies: [], metrics, clock, newRequestId: randomUUID }))
 */
export function createDoor({
  current,
  limits,
  ofAddress,
  proxies,
  metrics,
  clock,
  newRequestId,
}: DoorParts): RequestListener {
  const isProxy = proxyTest(proxies);
  let underWay = 0;

  function admit(address: string, isKnown: () => boolean): void {
    const seconds = ofAddress.take(address);
    // Behind one address may be a whole network, and a stranger in it.
    if (seconds !== undefined && !isKnown())
      throw tooMany("address", "This address asks too often.", seconds);
    if (underWay > limits.requestsAtOnce) throw tooMany("at-once", "Too many ask at once.", 1);
  }

  function tooMany(limit: string, message: string, retryAfterSeconds: number): VendError {
    metrics.count("limited", { limit });
    return new VendError("throttled", message, { retryAfterSeconds });
  }

  async function answerRequest(incoming: IncomingMessage, requestId: string): Promise<HttpAnswer> {
    const { app, config, isKnown } = current();
    const { method = "", url = "" } = incoming;
    const headers = headersOf(incoming);
    const cors = corsHeaders(config.corsOrigins, headers["origin"], method);
    const address = clientAddress(incoming.socket.remoteAddress ?? "", headers["x-forwarded-for"], isProxy);
    try {
      admit(address, () => isKnown(headers));
      // As API Gateway does: the headers say whether the page may.
      if (method === "OPTIONS" && config.corsOrigins !== undefined)
        return { status: 204, headers: cors, body: "" };
      const [path = "", query = ""] = splitOnce(url, "?");
      const body = method === "POST" ? await bodyOf(incoming, mostBodyBytes) : undefined;
      const answerBy = clock.now() + mostMs - reserveMs;
      const request: HttpRequest = {
        ...{ method, path, query, headers, clientAddress: address, answerBy, requestId },
        ...(body && body.length > 0 && { body }),
      };
      const answer = await inTime(app(request));
      return { ...answer, headers: { ...answer.headers, ...cors } };
    } catch (error) {
      return refusalOf(error, method, requestId);
    }
  }

  return async function answer(incoming, response) {
    const begunAt = performance.now();
    underWay += 1;
    const { status, headers, body } = await answerRequest(incoming, newRequestId()).finally(() => {
      underWay -= 1;
    });
    // What was not read is not waited for either.
    if (!incoming.complete) response.setHeader("Connection", "close");
    send(response, status, headers, body);
    metrics.answered(status, (performance.now() - begunAt) / 1_000);
  };
}

async function refusalOf(error: unknown, method: string, requestId: string): Promise<HttpAnswer> {
  if (method !== "POST") return problem(error, requestId);
  const { refusal } = await import("../sts/door.ts");
  return refusal(error, requestId);
}

/** All values of each header, so that none that was sent twice is passed over. */
function headersOf({ headersDistinct }: IncomingMessage): HttpRequest["headers"] {
  return Object.fromEntries(
    Object.entries(headersDistinct).map(([name, values = []]) => [name, values.join(",")]),
  );
}

/** What comes in time, or a refusal. */
async function inTime(answering: Promise<HttpAnswer>): Promise<HttpAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const refuse = () =>
      reject(new VendError("unavailable", "The answer did not come in time.", { retryAfterSeconds: 1 }));
    timer = setTimeout(refuse, mostMs);
  });
  return Promise.race([answering, late]).finally(() => clearTimeout(timer));
}

function send(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): void {
  if (response.destroyed) return;
  const bodyless = status === 204 || status === 304;
  response.writeHead(status, {
    ...headers,
    ...(!bodyless && { "Content-Length": Buffer.byteLength(body) }),
  });
  response.end(bodyless ? undefined : body);
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
