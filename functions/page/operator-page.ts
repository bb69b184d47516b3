import type { IncomingMessage } from "node:http";
import { isLoopbackAddress } from "../../shared/core/ip-range.ts";
import { answer, type HttpAnswer } from "../http.ts";
import { bodyOf } from "../server/body.ts";
import { plainAddress } from "../server/client-address.ts";
import type { PageFiles } from "./files.ts";
import { createPage, type PageViews, pageHeaders } from "./page.ts";
import type { RecentRecord } from "./recent-records.ts";

/** What somebody has pasted: a `vending.yml`, and a case of a caller that may be empty. */
export interface PastedConfig {
  config: string;
  caller: string;
}

/** What the operator's views ask for. */
interface OperatorFacts {
  /** In Prometheus's text format. */
  metrics(): string;
  records(): RecentRecord[];
  /** What the pasted configuration would do, against the one that runs. */
  judge(pasted: PastedConfig): object;
}

/** The pasted texts and their JSON. Judging YAML of that size takes about a second, in which the process answers nobody else. */
const mostPastedBytes = 262_144;

/**
 * The page for operators, with what it asks for: for browsers on the machine itself, or that come through a tunnel to it. It takes a
 * request only where the other end of its connection is loopback, its `Host` is a name of loopback (so that no name of a stranger's
 * leads here), and no proxy has passed it on; and tells something only where no page of another origin asks.
 *
 * @returns nothing for a request that is none of the page's, or that it does not take
 * @example await createOperatorPage({ files, views: "operator", facts })(request)
 */
export function createOperatorPage({
  files,
  views,
  facts,
}: {
  files: PageFiles;
  views: Exclude<PageViews, "caller">;
  facts: OperatorFacts;
}): (request: IncomingMessage) => Promise<HttpAnswer | undefined> {
  const page = createPage({ files, views });
  return async function answerOperator(request) {
    if (!isNeighbour(request)) return undefined;
    const { method = "", url = "" } = request;
    const question = `${method} ${url}`;
    if (question === "GET /page/now" && isOfOwnPage(request))
      return answer(200, { metrics: facts.metrics(), records: facts.records() }, pageHeaders);
    if (question === "POST /page/judge" && isOfOwnPage(request)) return judged(request, facts);
    return page({ method, path: url });
  };
}

async function judged(request: IncomingMessage, facts: OperatorFacts): Promise<HttpAnswer> {
  const body = await bodyOf(request, mostPastedBytes);
  if (body.length > mostPastedBytes)
    return answer(
      413,
      { message: "The pasted texts are longer than 256 kB: use npm run config:check." },
      pageHeaders,
    );
  const pasted = pastedIn(body.toString("utf8"));
  if (pasted === undefined)
    return answer(400, { message: "The page's question must be JSON with config and caller." }, pageHeaders);
  return answer(200, facts.judge(pasted), pageHeaders);
}

function pastedIn(text: string): PastedConfig | undefined {
  try {
    const { config, caller } = JSON.parse(text) as Record<string, unknown>;
    return typeof config === "string" && typeof caller === "string" ? { config, caller } : undefined;
  } catch {
    return undefined;
  }
}

/** What a proxy adds. One on this machine would let strangers look like neighbours. */
const headersOfProxies = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];

function isNeighbour({ socket, headers }: IncomingMessage): boolean {
  return (
    isLoopbackAddress(plainAddress(socket.remoteAddress ?? "")) &&
    isNameOfLoopback(headers.host ?? "") &&
    !headersOfProxies.some((name) => name in headers)
  );
}

/** Pages of other origins cannot send JSON without being asked for permission, which nobody gets here. */
function isOfOwnPage({ headers, method }: IncomingMessage): boolean {
  const { host, origin, "sec-fetch-site": site = "same-origin" } = headers;
  return (
    site === "same-origin" &&
    (origin === undefined || origin === `http://${host}`) &&
    (method !== "POST" || headers["content-type"] === "application/json")
  );
}

function isNameOfLoopback(host: string): boolean {
  const [, bracketed, plain = ""] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::\d{1,5})?$/.exec(host) ?? [];
  return plain.toLowerCase() === "localhost" || isLoopbackAddress(bracketed ?? plain);
}
