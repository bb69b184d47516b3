import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What AWS takes money for, as far as a deployment uses it. */
export type Priced =
  | "httpApiRequest"
  | "lambdaRequest"
  | "lambdaArmGbSecond"
  | "dynamodbReadUnit"
  | "dynamodbWriteUnit"
  | "logsIngestedGb"
  | "logsKeptGbMonth"
  | "dataOutGb"
  | "metricMonth"
  | "alarmMetricMonth"
  | "dashboardMonth"
  | "insightRuleMonth"
  | "secretMonth"
  | "secretRead";

export interface PriceList {
  /** The day of the prices, as a date. They change, and differ by region. */
  asOf: string;
  region: string;
  sources: readonly string[];
  prices: Readonly<Record<Priced, { usd: number; per: number }>>;
}

/** Amounts of what is priced. */
export type Amounts = { readonly [Each in Priced]?: number };

/** The one list of prices that figures in documents are computed from. */
export function readPrices(): PriceList {
  return JSON.parse(readFileSync(join(import.meta.dirname, "../prices.json"), "utf8"));
}

/**
 * What amounts cost, in dollars.
 *
 * @example costOf({ lambdaRequest: 1_000_000 }, readPrices()) // 0.2
 */
export function costOf(amounts: Amounts, { prices }: PriceList): number {
  return Object.entries(amounts).reduce((sum, [name, amount]) => {
    const { usd, per } = prices[name as Priced];
    return sum + (usd * amount) / per;
  }, 0);
}
