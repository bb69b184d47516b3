import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { readConfig } from "../../functions/config.ts";
import type { HttpAnswer } from "../../functions/http.ts";
import { readPageFiles } from "../../functions/page/files.ts";
import { createOperatorPage, type PastedConfig } from "../../functions/page/operator-page.ts";
import { createRecentRecords } from "../../functions/page/recent-records.ts";
import { createServerMetrics } from "../../functions/server/metrics.ts";
import type { Dimension, Meter, Metric } from "../../shared/aws/meter.ts";
import { atStage } from "../deployment.ts";
import { judge } from "../page/judge.ts";
import { eachRequest } from "./each-request.ts";

/**
 * Shows the page at `/` of the server that listens on this port in this process, with the operator's views, since this machine is all that
 * there is. The counts and decisions are those of the functions' log, which passes through this process.
 *
 * @param folder of the build, with the page and the configuration
 * @example showPage(".local/4100", 4_100)
 */
export function showPage(folder: string, port: number): void {
  const metrics = createServerMetrics();
  const meter = metrics.counting(() => {});
  const recent = createRecentRecords();
  followLines((line) => {
    recent.note(line);
    count(line, meter);
  });
  const files = readPageFiles(join(folder, "page"));
  const running = readConfig(join(folder, "vend/vending.json"));
  const facts = {
    metrics: metrics.text,
    records: recent.read,
    judge: (pasted: PastedConfig) => judge(pasted, running, (config) => atStage(config, "local")),
  };
  const page = createOperatorPage({ files, views: "all", facts });

  eachRequest(({ request, response, server, pass }) => {
    const isOurs = (server.address() as AddressInfo | null)?.port === port;
    if (!isOurs || !/^\/(page\/|$)/.test(request.url ?? "") || isForSts(request)) return pass();
    page(request).then(
      (shown?: HttpAnswer) =>
        shown ? response.writeHead(shown.status, shown.headers).end(shown.body) : pass(),
      pass,
    );
    return true;
  });
}

/** The door for clients of STS takes `POST` on every path but the page's own. */
const isForSts = ({ method, url }: IncomingMessage) => method === "POST" && url !== "/page/judge";

const dimensions: readonly Dimension[] = ["cache", "code", "way", "part"];

/** A line in CloudWatch's embedded metric format says by `_aws` which of its members are metrics. */
function count(line: string, meter: Meter): void {
  if (!line.includes('"_aws":')) return;
  const members = JSON.parse(line);
  const names: Metric[] = members._aws.CloudWatchMetrics[0].Metrics.map(({ Name }: { Name: Metric }) => Name);
  const pick = (from: readonly string[]) =>
    Object.fromEntries(from.filter((name) => name in members).map((name) => [name, members[name]]));
  meter(pick(dimensions), pick(names));
}

/** The functions' lines, as this process writes them to its standard output. */
function followLines(take: (line: string) => void): void {
  const { stdout } = process;
  const write = stdout.write.bind(stdout);
  let rest = "";
  stdout.write = ((chunk: string | Uint8Array, ...others: unknown[]) => {
    const lines = (rest + Buffer.from(chunk as Uint8Array).toString("utf8")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.startsWith("{")) take(line);
    return Reflect.apply(write, stdout, [chunk, ...others]);
  }) as typeof stdout.write;
}
