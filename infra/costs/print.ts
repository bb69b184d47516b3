/** `npm run costs`: prints the tables of infra/costs.md, from the prices in infra/prices.json. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { monthly } from "./month.ts";
import { type Amounts, costOf, type Priced, type PriceList, readPrices } from "./prices.ts";
import { type Answer, amountsOf, needs } from "./vends.ts";

/** The columns of the first table. */
const columns: readonly (readonly [string, readonly Priced[]])[] = [
  ["API Gateway", ["httpApiRequest"]],
  ["Lambda", ["lambdaRequest", "lambdaArmGbSecond"]],
  ["DynamoDB", ["dynamodbReadUnit", "dynamodbWriteUnit"]],
  ["logs, kept a year", ["logsIngestedGb", "logsKeptGbMonth"]],
  ["data out", ["dataOutGb"]],
];

const dollars = (usd: number) => `$${usd.toFixed(2)}`;
const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;

function only(amounts: Amounts, names: readonly Priced[]): Amounts {
  return Object.fromEntries(names.map((name) => [name, amounts[name] ?? 0]));
}

/**
 * The table of what a million answers cost, by where they come from.
 *
 * @example answersTable(readPrices())
 */
export function answersTable(prices: PriceList): string {
  const titles = ["a million answers", ...columns.map(([title]) => title), "together"];
  const rows = (Object.keys(needs) as Answer[]).map((answer) => {
    const amounts = amountsOf(answer);
    const parts = columns.map(([, names]) => dollars(costOf(only(amounts, names), prices)));
    return [answer, ...parts, `**${dollars(costOf(amounts, prices))}**`];
  });
  return [titles, titles.map((_, at) => (at === 0 ? "---" : "---:")), ...rows].map(row).join("\n");
}

/** The metrics that the alarms of the template go by, each of which is paid for. */
function alarmMetrics(): number {
  const { template } = parse(readFileSync(join(import.meta.dirname, "../alarms.yml"), "utf8"), {
    logLevel: "error",
    merge: true,
  });
  const alarms = Object.values<{ Type: string; Properties: { Metrics?: { MetricStat?: object }[] } }>(
    template.Resources,
  ).filter(({ Type }) => Type === "AWS::CloudWatch::Alarm");
  return alarms.reduce((sum, { Properties: { Metrics = [] } }) => {
    return sum + Math.max(1, Metrics.filter(({ MetricStat }) => MetricStat).length);
  }, 0);
}

/** What a deployment with one storage costs in a month, without its callers. */
export function monthLine(prices: PriceList): string {
  const amounts = monthly(alarmMetrics(), 1);
  const metrics = costOf(only(amounts, ["metricMonth"]), prices);
  const alarms = costOf(only(amounts, ["alarmMetricMonth", "insightRuleMonth"]), prices);
  return `${dollars(costOf(amounts, prices))} a month, of which at most ${dollars(metrics)} are metrics and ${dollars(alarms)} alarms`;
}

if (import.meta.main) {
  const prices = readPrices();
  console.log(`${answersTable(prices)}\n\n${monthLine(prices)}`);
}
