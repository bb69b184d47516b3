import { readFileSync } from "node:fs";
import { parse } from "yaml";

const { httpApi } = parse(readFileSync("infra/logs.yml", "utf8"));
export const accessLogFormat: string = httpApi.format;

/**
 * A line of the access log as API Gateway writes it: a variable that has no value is a dash.
 *
 * @param values by the variables' names, without `$context.`
 * @example accessLine({ status: "429", routeKey: "GET /v1/storages" })
 */
export function accessLine(values: Readonly<Record<string, string>>): string {
  return accessLogFormat.replace(/\$context\.([\w.]+)/g, (_, name: string) => values[name] ?? "-");
}
